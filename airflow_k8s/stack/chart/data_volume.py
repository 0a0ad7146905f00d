"""How a pod gets to the volume that tasks share; in Kubernetes' own spelling."""

from typing import Any

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings

LABELS = {names.DATA_LABEL: names.DATA_CLAIM}
"""Of every pod that mounts the volume, so that those that must share a node find each other."""


def affinity(s: Settings) -> dict[str, Any]:
    """A volume for one node brings all that mount it to that node; the first goes anywhere."""
    if s.data.access_mode != "ReadWriteOnce":
        return {}
    term = {"labelSelector": {"matchLabels": LABELS}, "topologyKey": "kubernetes.io/hostname"}
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
