"""Samples: pods as the API server returns them, records of pods, and tries of tasks."""

from collections.abc import Mapping
from typing import Any

from airflow_k8s.airflow_api import Try
from dev.e2e.pod_records import PodRecord


def record(name: str = "pod", **fields: Any) -> PodRecord:
    """The record of a pod that was created at the time 0."""
    defaults: dict[str, Any] = {
        "uid": name,
        "namespace": "airflow-e2e",
        "name": name,
        "labels": {},
        "resources": {},
        "created": 0.0,
    }
    return PodRecord(**(defaults | fields))


def task_labels(task: str = "heavy", *, run: str = "run-1", operator: bool = True) -> Any:
    labels = {"dag_id": "dag", "run_id": run, "task_id": task}
    return labels | ({"kubernetes_pod_operator": "True"} if operator else {})


def pod(
    name: str = "pod",
    *,
    node: str = "",
    states: Mapping[str, Mapping[str, Any]] | None = None,
    restarts: int = 0,
    last: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A pod; `states` maps the name of a container to its state."""
    containers = [
        {"name": container, "state": state, "restartCount": restarts, "lastState": last or {}}
        for container, state in (states or {}).items()
    ]
    return {
        "metadata": {"uid": name, "namespace": "airflow-e2e", "name": name, "labels": {"a": "b"}},
        "spec": {"nodeName": node, "containers": [{"name": "base", "resources": {"limits": {}}}]},
        "status": {"containerStatuses": containers},
    }


RUNNING: Mapping[str, Any] = {"running": {}}
ENDED: Mapping[str, Any] = {"terminated": {"exitCode": 0}}
WAITING: Mapping[str, Any] = {"waiting": {"reason": "ContainerCreating"}}


def task_try(task: str, number: int, state: str) -> Try:
    return Try(task=task, number=number, state=state, queued=None, started=None, ended=None)
