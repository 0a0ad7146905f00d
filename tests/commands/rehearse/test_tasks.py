"""Which pods are tried of those that the DAGs would start."""

import copy
from dataclasses import replace
from typing import Any

from airflow_k8s.commands.dags.reading import Dag, Manifest, Reading, Task
from airflow_k8s.commands.rehearse.tasks import TaskPod, harmless, not_as_it_runs, task_pods

GPU = "nvidia.com/gpu"
TOLERATION = {"key": GPU, "operator": "Exists"}


def pod(
    name: str = "p", *, args: str = "", env: Any = None, gpus: int = 0, cpu: str = "1"
) -> dict[str, Any]:
    limits = {"memory": "1Gi"} | ({GPU: str(gpus)} if gpus else {})
    spec: dict[str, Any] = {
        "containers": [
            {
                "name": "base",
                "image": "i:1",
                "command": ["work"],
                "args": [args],
                "env": env or [],
                "resources": {"requests": {"cpu": cpu}, "limits": limits},
            }
        ]
    }
    if gpus:
        spec |= {"nodeSelector": {"pool": "gpu"}, "tolerations": [TOLERATION]}
    return {"metadata": {"name": name, "namespace": "airflow"}, "spec": spec}


def task(name: str, worker: Manifest, own: Manifest | None = None) -> Task:
    return Task(
        name=name,
        operator="op",
        owner="o",
        after=[],
        retries=0,
        retry_delay=0,
        deferrable=False,
        worker=worker,
        pod=own,
        note="",
    )


def reading(*tasks: Task) -> Reading:
    dag = Dag(name="dag", file="f", schedule="", start="", catchup=False, tasks=tasks)
    return Reading(dags=[dag], errors={}, warnings={})


def tried(*tasks: Task) -> dict[str, TaskPod]:
    return {each.name: each for each in task_pods(reading(*tasks))}


def test_a_tasks_worker_pod_and_its_own_are_both_tried_as_they_are() -> None:
    worker, own = pod("w"), pod("o", cpu="2")
    found = tried(task("a", worker, own))
    assert {name: each.manifest for name, each in found.items()} == {
        "dag.a": own,
        "dag.a (worker)": worker,
    }


def test_of_pods_that_ask_the_same_of_a_cluster_one_is_tried() -> None:
    told = [{"name": "DAY", "value": "1"}], [{"name": "DAY", "value": "2"}]
    found = tried(
        task("a", pod("1", args="x", env=told[0])),
        task("b", pod("2", args="y", env=told[1])),
        task("c", pod("3")),
    )
    assert list(found) == ["dag.a (worker) and 2 alike"]


def test_another_size_or_secret_is_another_pod() -> None:
    secret = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    found = tried(
        task("a", pod()), task("b", pod(cpu="2")), task("c", pod(env=[secret])), task("d", pod())
    )
    assert list(found) == ["dag.a (worker) and 1 alike", "dag.b (worker)", "dag.c (worker)"]


def test_where_a_task_asks_for_gpus_one_without_the_toleration_has_to_stay_off() -> None:
    found = tried(task("a", pod(), pod("t", gpus=1)))
    intruder = found["GPU nodes, no toleration"]
    assert intruder.expected == "pending"
    spec = intruder.manifest["spec"]
    assert spec["nodeSelector"] == {"pool": "gpu"}
    assert "tolerations" not in spec
    assert GPU not in spec["containers"][0]["resources"]["limits"], "another reason to be kept off"
    assert found["dag.a"].manifest["spec"]["tolerations"] == [TOLERATION], "the task's own changed"
    names = [each.manifest["metadata"]["name"] for each in found.values()]
    assert len(set(names)) == len(names)


def test_a_helper_beside_a_gpu_task_may_ask_for_nothing() -> None:
    own = pod(gpus=1)
    own["spec"]["containers"].append({"name": "sidecar", "image": "i:1"})
    assert "GPU nodes, no toleration" in tried(task("a", pod(), own))


def test_without_gpu_tasks_there_is_nothing_to_keep_off() -> None:
    assert {each.expected for each in tried(task("a", pod(), pod())).values()} == {"runs"}


def test_what_is_not_tried_as_it_runs_is_told() -> None:
    mapped = replace(task("a", pod()), note="mapped")
    found = replace(reading(mapped), warnings={"f.py": ["deprecated\n"]})
    assert list(not_as_it_runs(found)) == [("f.py", "deprecated"), ("dag.a", "mapped")]


def test_where_containers_run_a_tried_pod_does_nothing() -> None:
    manifest = pod(args="--delete-everything")
    manifest["spec"]["containers"][0]["lifecycle"] = {"postStart": {"exec": {"command": ["rm"]}}}
    manifest["spec"]["initContainers"] = [{"name": "init", "image": "i:1", "command": ["rm"]}]
    manifest["metadata"]["labels"] = {
        "kubernetes_executor": "True",
        "airflow-worker": "1",
        "a": "b",
    }
    before = copy.deepcopy(manifest)
    tried = harmless(TaskPod(name="a", manifest=manifest)).manifest
    assert tried["metadata"]["labels"] == {"a": "b"}, "a live scheduler would delete it"
    spec = tried["spec"]
    assert spec["containers"][0]["command"] == ["true"]
    assert not {"args", "lifecycle"} & spec["containers"][0].keys()
    assert spec["initContainers"][0]["command"] == ["true"]
    assert spec["containers"][0]["resources"] == before["spec"]["containers"][0]["resources"]
    assert manifest == before
