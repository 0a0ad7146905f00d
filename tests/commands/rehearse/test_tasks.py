"""The task pods that a rehearsal tries."""

import copy
from dataclasses import replace
from typing import Any

from airflow_k8s.commands.dags.reading import Dag, Manifest, Reading, Task
from airflow_k8s.commands.rehearse.tasks import (
    WITHOUT_TOLERATION,
    TaskPod,
    notes,
    task_pods,
    without_program,
)

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
    return {pod.name: pod for pod in task_pods(reading(*tasks))}


def test_the_worker_pod_and_the_own_pod_of_a_task_are_tried_unchanged() -> None:
    worker, own = pod("w"), pod("o", cpu="2")
    found = tried(task("a", worker, own))
    assert {name: pod.manifest for name, pod in found.items()} == {
        "dag.a": own,
        "dag.a (worker)": worker,
    }


def test_of_pods_with_the_same_requirements_one_is_tried() -> None:
    variables = [{"name": "DAY", "value": "1"}], [{"name": "DAY", "value": "2"}]
    found = tried(
        task("a", pod("1", args="x", env=variables[0])),
        task("b", pod("2", args="y", env=variables[1])),
        task("c", pod("3")),
    )
    assert list(found) == ["dag.a (worker) and 2 identical"]


def test_pods_with_other_requests_or_secrets_are_tried_separately() -> None:
    secret = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    found = tried(
        task("a", pod()), task("b", pod(cpu="2")), task("c", pod(env=[secret])), task("d", pod())
    )
    assert list(found) == ["dag.a (worker) and 1 identical", "dag.b (worker)", "dag.c (worker)"]


def test_a_gpu_task_adds_a_pod_without_the_toleration_that_should_stay_pending() -> None:
    found = tried(task("a", pod(), pod("t", gpus=1)))
    rejected = found[WITHOUT_TOLERATION]
    assert rejected.expected == "pending"
    spec = rejected.manifest["spec"]
    assert spec["nodeSelector"] == {"pool": "gpu"}
    assert "tolerations" not in spec
    assert GPU not in spec["containers"][0]["resources"]["limits"], (
        "otherwise a missing GPU could be the reason"
    )
    assert found["dag.a"].manifest["spec"]["tolerations"] == [TOLERATION], (
        "the own pod of the task was changed"
    )
    names = [pod.manifest["metadata"]["name"] for pod in found.values()]
    assert len(set(names)) == len(names)


def test_a_sidecar_of_a_gpu_task_may_have_no_requests() -> None:
    own = pod(gpus=1)
    own["spec"]["containers"].append({"name": "sidecar", "image": "i:1"})
    assert WITHOUT_TOLERATION in tried(task("a", pod(), own))


def test_without_gpu_tasks_no_pod_without_toleration_is_added() -> None:
    assert {plain.expected for plain in tried(task("a", pod(), pod())).values()} == {"runs"}


def test_warnings_of_airflow_and_notes_of_tasks_are_passed_on() -> None:
    mapped = replace(task("a", pod()), note="mapped")
    found = replace(reading(mapped), warnings={"f.py": ["deprecated\n"]})
    assert list(notes(found)) == [("f.py", "deprecated"), ("dag.a", "mapped")]


def test_a_pod_without_its_program_runs_true_and_has_no_executor_labels() -> None:
    manifest = pod(args="--delete-everything")
    manifest["spec"]["containers"][0]["lifecycle"] = {"postStart": {"exec": {"command": ["rm"]}}}
    manifest["spec"]["initContainers"] = [{"name": "init", "image": "i:1", "command": ["rm"]}]
    manifest["metadata"]["labels"] = {
        "kubernetes_executor": "True",
        "airflow-worker": "1",
        "a": "b",
    }
    before = copy.deepcopy(manifest)
    tried = without_program(TaskPod(name="a", manifest=manifest)).manifest
    assert tried["metadata"]["labels"] == {"a": "b"}, "the scheduler of the cluster would delete it"
    spec = tried["spec"]
    assert spec["containers"][0]["command"] == ["true"]
    assert not {"args", "lifecycle"} & spec["containers"][0].keys()
    assert spec["initContainers"][0]["command"] == ["true"]
    assert spec["containers"][0]["resources"] == before["spec"]["containers"][0]["resources"]
    assert manifest == before
