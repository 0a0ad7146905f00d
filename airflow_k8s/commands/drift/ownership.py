"""Whose the objects in the stack's namespace are. Pure, but for who lists them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.names import PART_OF

MADE_BY_KUBERNETES = {
    "ControllerRevision",
    "Endpoints",
    "EndpointSlice",
    "Event",
    "Lease",
    "PodMetrics",
}
"""Kinds that only the control plane makes; some carry the labels of what they stand for."""

_IN_EACH_NAMESPACE = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}
_OF_KUBERNETES_AND_HELM = ("helm.sh/release.v1", "kubernetes.io/service-account-token")
# The executor and KubernetesPodOperator make them, with the chart's labels.
_TASKS = ("kubernetes_executor", "kubernetes_pod_operator")


def counterpart(promised: Object, among: Iterable[Manifest]) -> Manifest | None:
    """Of an object without a name of its own: the live one that Pulumi's auto-naming called so,
    the newest where there are several."""
    metadata = promised.manifest["metadata"]
    ours = [
        each
        for each in among
        if each["kind"] == promised.kind
        and each["metadata"]["name"].startswith(metadata["generateName"])
        and has_labels(each, metadata.get("labels") or {})
    ]
    return max(ours, key=lambda each: str(each["metadata"]["creationTimestamp"]), default=None)


def has_labels(each: Manifest, labels: Mapping[str, str]) -> bool:
    """Whether it has them all."""
    return labels.items() <= (each["metadata"].get("labels") or {}).items()


def unpromised(
    held: Iterable[Manifest], promised: Sequence[Object], known: set[tuple[str, str]]
) -> Iterator[tuple[Manifest, bool]]:
    """What nobody promises and no controller answers for, and whether it claims to be of the stack.

    `known` are kind and name of what is promised.
    """
    claims = tuple(_claims(promised))
    for each in held:
        kind, metadata = each["kind"], each["metadata"]
        key = (kind, str(metadata["name"]))
        if key in known or key in _IN_EACH_NAMESPACE or metadata.get("ownerReferences"):
            continue
        if each.get("type") in _OF_KUBERNETES_AND_HELM:
            continue
        labels = metadata.get("labels") or {}
        if kind == "Pod" and any(label in labels for label in _TASKS):
            continue
        if kind == "PersistentVolumeClaim" and key[1].startswith(claims):
            continue
        yield each, _is_of_the_stack(metadata)


def _is_of_the_stack(metadata: Mapping[str, Any]) -> bool:
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    return (
        labels.get("release") == names.RELEASE
        or labels.get("app.kubernetes.io/part-of") == PART_OF
        or annotations.get("meta.helm.sh/release-name") == names.RELEASE
    )


def _claims(promised: Sequence[Object]) -> Iterator[str]:
    """How the claims begin that StatefulSets make, which outlive them."""
    for each in promised:
        if each.kind == "StatefulSet":
            for template in each.manifest["spec"].get("volumeClaimTemplates") or ():
                yield f"{template['metadata']['name']}-{each.name}-"
