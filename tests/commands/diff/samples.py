"""Small objects, and what becomes of them."""

from typing import Any

from airflow_k8s.commands.diff.pairs import ObjectChange, object_changes
from airflow_k8s.rendering.manifests import CHART, PROGRAM, Object

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
    """A Deployment of the chart with one container, called main."""
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
    """The claim of the tasks' volume."""
    return made(
        "PersistentVolumeClaim",
        "airflow-data-pvc",
        protect=protect,
        spec={"storageClassName": storage_class, "resources": {"requests": {"storage": size}}},
    )


def changed(before: Object | None, after: Object | None) -> list[ObjectChange]:
    """What becomes of one object."""
    return object_changes([before] if before else [], [after] if after else [])
