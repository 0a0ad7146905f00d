"""DAGs as a person reads them."""

from dataclasses import replace
from typing import Any

import yaml

from airflow_k8s.commands.dags import report
from airflow_k8s.commands.dags.reading import Dag, Manifest, Reading, Task


def pod(*, cpu: str = "1", **more: Any) -> Manifest:
    container = {
        "image": "processor:1",
        "command": ["python", "work.py"],
        "args": ["--date", "2024-01-01"],
        "env": [
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "api", "key": "k"}}},
            {"name": "BUCKET", "value": "b 1"},
        ],
        "resources": {
            "requests": {"cpu": cpu, "memory": "2Gi"},
            "limits": {"memory": "3Gi", "nvidia.com/gpu": "1"},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "scratch", "mountPath": "/tmp"},  # noqa: S108
        ],
    }
    volumes = [
        {"name": "data", "persistentVolumeClaim": {"claimName": "claim"}},
        {"name": "scratch", "emptyDir": {}},
    ]
    spec = {"containers": [container], "volumes": volumes} | more
    return {"metadata": {"name": "p"}, "spec": spec}


def task(name: str, *, own: Manifest | None = None, **more: Any) -> Task:
    plain: dict[str, Any] = {
        "operator": "@task",
        "owner": "o",
        "after": [],
        "retries": 0,
        "retry_delay": 300.0,
        "deferrable": False,
        "note": "",
    }
    return Task(name=name, worker=pod(cpu="100m"), pod=own, **plain | more)


def reading(*tasks: Task, **more: Any) -> Reading:
    plain: dict[str, Any] = {"schedule": "0 0 * * *", "start": "2024-01-01", "catchup": False}
    dag = Dag(name="mine", file="mine.py", tasks=tasks, **plain | more)
    return Reading(dags=[dag], errors={}, warnings={})


def test_a_dag_says_when_it_runs() -> None:
    first, *_ = report.lines(reading())
    assert first == "mine  on '0 0 * * *' from 2024-01-01, no catch-up  mine.py"
    first, *_ = report.lines(reading(schedule="", start="", catchup=True))
    assert first == "mine  when triggered, with catch-up  mine.py"


def test_a_task_shows_its_pods_down_to_command_secrets_and_claims() -> None:
    own = pod(nodeSelector={"pool": "gpu"})
    heavy = task("heavy", own=own, after=["first"], retries=2, deferrable=True)
    _, *lines = report.lines(reading(heavy))
    assert lines == [
        "  heavy  @task, after first; 2 retries, 300 s apart",
        "    worker pod, gone while the other works: processor:1, 100m / 2Gi, at most 3Gi,"
        " 1 nvidia.com/gpu",
        "    its own pod: processor:1, 1 / 2Gi, at most 3Gi, 1 nvidia.com/gpu, on nodes pool=gpu",
        "      python work.py --date 2024-01-01",
        "      KEY from Secret api, key k",
        '      BUCKET "b 1"',
        "      /data from claim claim",
        "      as default, with a token for the cluster",
        "",
    ]


def test_a_worker_pod_that_does_the_work_shows_what_it_has() -> None:
    worker = pod(serviceAccountName="airflow-task", automountServiceAccountToken=False)
    lines = list(report.lines(reading(replace(task("a"), worker=worker))))
    assert "      KEY from Secret api, key k" in lines
    assert "      /data from claim claim" in lines
    assert "      as airflow-task, without a token for the cluster" in lines


def test_a_task_without_a_pod_of_its_own_has_one_pod() -> None:
    lines = list(report.lines(reading(task("a"))))
    assert len([line for line in lines if "pod" in line]) == 1


def test_a_pod_that_asks_for_nothing_says_so() -> None:
    bare: Manifest = {"spec": {"containers": [{"image": "i:1"}]}}
    lines = list(report.lines(reading(task("a", own=bare))))
    assert "    its own pod: i:1, nothing asked, at most anything" in lines


def test_what_is_not_known_yet_is_told() -> None:
    assert "    in a run only" in report.lines(reading(task("a", note="in a run only")))


def test_what_is_wrong_comes_last() -> None:
    found = Reading(dags=[], errors={"a.py": "Trace\nback\n"}, warnings={"b.py": ["old"]})
    assert list(report.lines(found)) == [
        "a.py can't be imported:",
        "  Trace",
        "  back",
        "b.py: old",
    ]


def test_the_pods_come_as_manifests() -> None:
    own = pod()
    text = report.manifests(reading(task("a", own=own)))
    assert list(yaml.safe_load_all(text)) == [pod(cpu="100m"), own]


def test_the_graph_has_a_box_a_task_and_an_arrow_a_dependency() -> None:
    found = reading(task("a"), task("b", own=pod(), after=["a"]))
    first, *lines = report.mermaid(found.dags[0]).splitlines()
    assert first == "flowchart LR"
    assert [line.split("[")[0].strip() for line in lines[:2]] == ["a", "b"]
    assert "1 / 2Gi" in lines[1], "a task that starts a pod shows that one"
    assert lines[2:] == ["  a --> b"]
