"""Sample objects, results and exceptions."""

from datetime import date
from typing import Any

from airflow_k8s.commands.audit.exceptions import Accepted
from airflow_k8s.commands.audit.scan import Audited, Failure
from airflow_k8s.rendering.manifests import CHART, TASK, TASK_POD, Object


def failure(
    check: str = "CKV_K8S_22", name: str = "Deployment/airflow-scheduler", *containers: str
) -> Failure:
    return Failure(check=check, message="Be careful", object=name, containers=containers)


def audited(*failures: Failure, passed: int = 10) -> Audited:
    """The results of the object that has these failures."""
    return Audited(object=failures[0].object, passed=passed, failures=failures)


def accepted(check: str = "CKV_K8S_22", *objects: str) -> Accepted:
    """An exception; without `objects` it is for every object."""
    return Accepted(
        check=check,
        objects=objects or ("*",),
        reason="It is not possible here.",
        reviewed=date(2026, 11, 25),
    )


def pod(name: str, *containers: Any, task: bool = False, **metadata: Any) -> Object:
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "airflow"} | metadata,
        "spec": {"containers": list(containers)},
    }
    part, origin = (TASK_POD, TASK) if task else ("", CHART)
    return Object("airflow", part, origin, manifest)


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": f"registry.example.com/{name}:1.0.0"} | more
