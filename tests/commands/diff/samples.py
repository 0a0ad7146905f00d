"""Small objects of a stack, and changes of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from airflow_k8s.commands.diff.pairs import ObjectChange, object_changes
from airflow_k8s.commands.diff.revisions import RenderedRevision, RevisionPair
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.manifests import CHART, PROGRAM, TASK, TASK_POD, Object
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.cluster import Prices
from airflow_k8s.stack.settings.secret import Secret

NAMESPACE = "airflow"


def made(
    kind: str,
    name: str,
    *,
    api: str = "v1",
    origin: str = PROGRAM,
    part: str = "",
    protect: bool = False,
    urn: str | None = None,
    namespace: str = NAMESPACE,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    **fields: Any,
) -> Object:
    """An object of the program, or with origin=CHART one of the chart."""
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    metadata |= {"labels": labels} if labels else {}
    metadata |= {"annotations": annotations} if annotations else {}
    manifest = {"apiVersion": api, "kind": kind, "metadata": metadata, **fields}
    own = f"urn::{kind}-{name}" if origin == PROGRAM else ""
    return Object(
        "airflow", part, origin, manifest, protect=protect, urn=own if urn is None else urn
    )


def deployment(name: str = "airflow-scheduler", *, replicas: int = 1, **pod: Any) -> Object:
    """A Deployment of the chart with one container, main."""
    container = {"name": "main", "image": "airflow:1", **pod.pop("container", {})}
    annotations = pod.pop("annotations", {})
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0}},
        "template": {
            "metadata": {"annotations": annotations},
            "spec": {"containers": [container], **pod},
        },
    }
    return made("Deployment", name, api="apps/v1", origin=CHART, part="scheduler", spec=spec)


def claim(*, size: str = "10Gi", storage_class: str = "standard", protect: bool = False) -> Object:
    """The claim for the volume of the tasks' data."""
    return made(
        "PersistentVolumeClaim",
        "airflow-data-pvc",
        protect=protect,
        spec={"storageClassName": storage_class, "resources": {"requests": {"storage": size}}},
    )


def changed(before: Object | None, after: Object | None) -> list[ObjectChange]:
    """The changes between two sides with at most one object."""
    return object_changes([before] if before else [], [after] if after else [])


def every_kind() -> RevisionPair:
    """A small stack in which a change has every kind of consequence."""
    return RevisionPair(
        stack="prod",
        base="0123abc",
        to="",
        before=RenderedRevision(
            evaluation=NOTHING_REGISTERED, objects=_before(), charts=[_chart("1.21.0")]
        ),
        after=RenderedRevision(
            evaluation=NOTHING_REGISTERED, objects=_after(), charts=[_chart("1.22.0")]
        ),
        prices=Prices(),
    )


NOTHING_REGISTERED = Evaluation(resources=(), outputs={})
_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
_CONFIG = made("ConfigMap", "airflow-config", origin=CHART, data={"airflow.cfg": "parallelism = 4"})
_MIGRATION = {"metadata": {}, "spec": {"containers": [{"name": "migrate", "image": "airflow:1"}]}}


def _chart(version: str) -> FoundChart:
    return FoundChart(path=Path("chart"), version=version)


def _rules(*verbs: str) -> list[Object]:
    subject = {"kind": "ServiceAccount", "name": "airflow-scheduler", "namespace": NAMESPACE}
    role = {"kind": "Role", "name": "scheduler"}
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}
    return [
        made("Role", "scheduler", rules=[rule]),
        made("RoleBinding", "scheduler", roleRef=role, subjects=[subject]),
    ]


def _task(image: str) -> Object:
    spec = {"containers": [{"name": "base", "image": image}]}
    return Object("airflow", TASK_POD, TASK, made("Pod", "placeholder", spec=spec).manifest)


def _before() -> list[Object]:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return [
        made("Namespace", NAMESPACE, labels=labels),
        made("ConfigMap", "facts", data={"text": "one\ntwo\nthree"}),
        claim(storage_class="standard"),
        claim_for_logs(size="100Gi"),
        made("Secret", "api-secrets", stringData={"api-key": Secret("hunter2")}),
        replace(made("Node", "gpu-1", spec={"taints": [_TAINT]}), patch=True),
        made("Job", "migration-job-*", spec={"template": _MIGRATION}),
        made("ResourceQuota", "quota", spec={"hard": {"requests.cpu": "4"}}),
        *_rules("get", "list"),
        _CONFIG,
        _task("airflow:1"),
        *(deployment(f"airflow-{name}", container=_container("airflow:1")) for name in _PARTS),
    ]


def _after() -> list[Object]:
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    policy = {"podSelector": {}, "policyTypes": ["Ingress"]}
    template = {"metadata": {}, "spec": {"containers": [{"name": "migrate", "image": "airflow:2"}]}}
    return [
        made("Namespace", NAMESPACE, labels=labels),
        made("ConfigMap", "facts", data={"text": "one\n2\nthree"}),
        claim(storage_class="fast"),
        claim_for_logs(size="50Gi"),
        made("Secret", "api-secrets", stringData={"api-key": Secret("hunter3")}),
        made("Job", "migration-job-*", spec={"template": template}),
        made("ResourceQuota", "quota", spec={"hard": {"requests.cpu": "8"}}),
        made("NetworkPolicy", "deny", spec=policy),
        *_rules("get", "delete"),
        _CONFIG,
        _task("airflow:2"),
        *(
            deployment(f"airflow-{name}", replicas=2, container=_container("airflow:2"))
            for name in _PARTS
        ),
    ]


_PARTS = ("api-server", "dag-processor", "scheduler", "triggerer")


def _container(image: str) -> dict[str, Any]:
    resources = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}}
    return {"image": image, "resources": resources}


def claim_for_logs(*, size: str) -> Object:
    """The claim for the volume of the logs."""
    return made(
        "PersistentVolumeClaim",
        "airflow-logs-pvc",
        spec={
            "storageClassName": "standard",
            "resources": {"requests": {"storage": size}},
            "accessModes": ["ReadWriteMany"],
        },
    )
