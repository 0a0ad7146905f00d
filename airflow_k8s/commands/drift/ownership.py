"""Which objects in the stack's namespace belong to the stack. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.ownership import is_in_every_namespace
from airflow_k8s.kube.selectors import selects
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.names import PART_OF

_SECRET_TYPES = ("helm.sh/release.v1", "kubernetes.io/service-account-token")
# The executor and KubernetesPodOperator create pods with these labels and those of the chart.
_TASK_LABELS = ("kubernetes_executor", "kubernetes_pod_operator")


def find_generated(desired: Object, live_objects: Iterable[Manifest]) -> Manifest | None:
    """The live object of a desired one that has no name, because Pulumi generates it.

    It has the prefix of the name and the labels. Of several it is the newest.
    """
    metadata = desired.manifest["metadata"]
    selector = {"matchLabels": metadata.get("labels") or {}}
    candidates = [
        live
        for live in live_objects
        if live["kind"] == desired.kind
        and live["metadata"]["name"].startswith(metadata["generateName"])
        and selects(selector, live["metadata"].get("labels") or {})
    ]
    return max(
        candidates, key=lambda live: str(live["metadata"]["creationTimestamp"]), default=None
    )


def undeclared(
    live_objects: Iterable[Manifest], desired: Sequence[Object], known: set[tuple[str, str]]
) -> Iterator[tuple[Manifest, bool]]:
    """Live objects that the stack does not declare, and whether they have its labels.

    `known` has kind and name of the declared objects. Left out are objects with an owner, and
    those that Kubernetes, Helm, Airflow or a StatefulSet creates.
    """
    claims = tuple(_claim_prefixes(desired))
    for live in live_objects:
        kind, metadata = live["kind"], live["metadata"]
        key = (kind, str(metadata["name"]))
        if key in known or is_in_every_namespace(live) or metadata.get("ownerReferences"):
            continue
        if live.get("type") in _SECRET_TYPES:
            continue
        labels = metadata.get("labels") or {}
        if kind == "Pod" and any(label in labels for label in _TASK_LABELS):
            continue
        if kind == "PersistentVolumeClaim" and key[1].startswith(claims):
            continue
        yield live, _has_mark_of_stack(metadata)


def _has_mark_of_stack(metadata: Mapping[str, Any]) -> bool:
    """Whether labels or annotations name the release or the platform."""
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    return (
        labels.get("release") == names.RELEASE
        or labels.get("app.kubernetes.io/part-of") == PART_OF
        or annotations.get("meta.helm.sh/release-name") == names.RELEASE
    )


def _claim_prefixes(desired: Sequence[Object]) -> Iterator[str]:
    """How the names of the claims begin that StatefulSets create; they outlive the StatefulSet."""
    for obj in desired:
        if obj.kind == "StatefulSet":
            for template in obj.manifest["spec"].get("volumeClaimTemplates") or ():
                yield f"{template['metadata']['name']}-{obj.name}-"
