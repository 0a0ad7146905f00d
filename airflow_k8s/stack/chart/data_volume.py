"""The volume that tasks share, and the affinity of the pods that mount it."""

from typing import Any

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings

LABELS = {names.DATA_LABEL: names.DATA_CLAIM}
"""Labels of every pod that mounts the volume; the affinity selects them."""


def affinity(settings: Settings) -> dict[str, Any]:
    """The affinity of a pod in Kubernetes. A ReadWriteOnce volume is attached to one node, so all
    pods that mount it have to run there; the first pod can run on any node."""
    if settings.data.access_mode != "ReadWriteOnce":
        return {}
    term = {"labelSelector": {"matchLabels": LABELS}, "topologyKey": "kubernetes.io/hostname"}
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
