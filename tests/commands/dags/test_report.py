"""DAGs as text, as graphs and as manifests."""

from dataclasses import replace
from typing import Any

import yaml

from airflow_k8s.commands.dags import report
from airflow_k8s.commands.dags.reading import Dag, Manifest, Reading, Task


def pod(*, cpu: str = "1", **fields: Any) -> Manifest:
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
    spec = {"containers": [container], "volumes": volumes} | fields
    return {"metadata": {"name": "p"}, "spec": spec}


def task(name: str, *, own: Manifest | None = None, **fields: Any) -> Task:
    plain: dict[str, Any] = {
        "operator": "@task",
        "owner": "o",
        "after": [],
        "retries": 0,
        "retry_delay": 300.0,
        "deferrable": False,
        "note": "",
    }
    return Task(name=name, worker=pod(cpu="100m"), pod=own, **plain | fields)


def reading(*tasks: Task, **fields: Any) -> Reading:
    plain: dict[str, Any] = {"schedule": "0 0 * * *", "start": "2024-01-01", "catchup": False}
    dag = Dag(name="mine", file="mine.py", tasks=tasks, **plain | fields)
    return Reading(dags=[dag], errors={}, warnings={})


def test_a_dag_is_printed_with_its_schedule() -> None:
    first, *_ = report.lines(reading())
    assert first == "mine  schedule '0 0 * * *', start date 2024-01-01, without catchup  mine.py"
    first, *_ = report.lines(reading(schedule="", start="", catchup=True))
    assert first == "mine  no schedule, with catchup  mine.py"


def test_a_task_is_printed_with_its_pods_command_secrets_and_claims() -> None:
    own = pod(nodeSelector={"pool": "gpu"})
    heavy = task("heavy", own=own, after=["first"], retries=2, deferrable=True)
    _, *lines = report.lines(reading(heavy))
    assert lines == [
        "  heavy  @task, after first; 2 retries, 300 s apart",
        "    worker pod, ends when the task is deferred: processor:1, requests cpu 100m,"
        " memory 2Gi, limits memory 3Gi, 1 nvidia.com/gpu",
        "    operator pod: processor:1, requests cpu 1, memory 2Gi, limits memory 3Gi,"
        " 1 nvidia.com/gpu, on nodes pool=gpu",
        "      python work.py --date 2024-01-01",
        "      KEY from Secret api, key k",
        '      BUCKET "b 1"',
        "      /data from claim claim",
        "      service account default, with its token",
        "",
    ]


def test_a_worker_pod_without_an_operator_pod_is_printed_with_its_secrets_and_claims() -> None:
    worker = pod(serviceAccountName="airflow-task", automountServiceAccountToken=False)
    lines = list(report.lines(reading(replace(task("a"), worker=worker))))
    assert "      KEY from Secret api, key k" in lines
    assert "      /data from claim claim" in lines
    assert "      service account airflow-task, without its token" in lines


def test_a_task_without_an_operator_pod_has_one_pod() -> None:
    lines = list(report.lines(reading(task("a"))))
    assert len([line for line in lines if "pod" in line]) == 1


def test_a_pod_without_resources_is_printed_without_requests_and_limits() -> None:
    bare: Manifest = {"spec": {"containers": [{"image": "i:1"}]}}
    lines = list(report.lines(reading(task("a", own=bare))))
    assert "    operator pod: i:1, requests none, limits none" in lines


def test_the_note_of_a_task_is_printed() -> None:
    assert "    only in a run" in report.lines(reading(task("a", note="only in a run")))


def test_errors_and_warnings_are_printed_last() -> None:
    found = Reading(dags=[], errors={"a.py": "Trace\nback\n"}, warnings={"b.py": ["old"]})
    assert list(report.lines(found)) == [
        "a.py can't be imported:",
        "  Trace",
        "  back",
        "b.py: old",
    ]


def test_the_pods_are_written_as_manifests() -> None:
    own = pod()
    text = report.manifests(reading(task("a", own=own)))
    assert list(yaml.safe_load_all(text)) == [pod(cpu="100m"), own]


def test_the_graph_has_a_box_for_every_task_and_an_arrow_for_every_dependency() -> None:
    found = reading(task("a"), task("b", own=pod(), after=["a"]))
    first, *lines = report.mermaid(found.dags[0]).splitlines()
    assert first == "flowchart LR"
    assert [line.split("[")[0].strip() for line in lines[:2]] == ["a", "b"]
    assert "requests cpu 1, memory 2Gi" in lines[1], "the box of a task must show its operator pod"
    assert lines[2:] == ["  a --> b"]


def test_the_date_of_rendered_templates_is_printed_once_after_the_dags() -> None:
    found = replace(reading(), logical_date="2024-01-01")
    assert list(report.lines(found))[-1] == (
        "templates are rendered for the logical date 2024-01-01"
    )
    assert "templates" not in "".join(report.lines(replace(found, dags=[])))
