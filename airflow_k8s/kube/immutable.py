"""The fields that the API server refuses to change.

The table in `replacement` is a different one. If a field of that table changes, Pulumi replaces the
object. If a field changes that is only in this table, Pulumi sends the change and the API server
refuses it.
https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/
"""

from collections.abc import Iterable, Mapping

_IMMUTABLE: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("spec.selector",),
    "DaemonSet": ("spec.selector",),
    "Job": (
        "spec.template",
        "spec.selector",
        "spec.completions",
        "spec.completionMode",
        "spec.podFailurePolicy",
        "spec.backoffLimitPerIndex",
        "spec.successPolicy",
        "spec.managedBy",
    ),
    "PriorityClass": ("value", "preemptionPolicy"),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "Secret": ("type",),
    "Service": ("spec.clusterIP",),
    "StorageClass": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
}
# For these kinds all of `spec` is immutable but these fields.
_MUTABLE_SPEC: Mapping[str, tuple[str, ...]] = {
    "StatefulSet": (
        "spec.replicas",
        "spec.template",
        "spec.updateStrategy",
        "spec.persistentVolumeClaimRetentionPolicy",
        "spec.minReadySeconds",
        "spec.ordinals",
        "spec.revisionHistoryLimit",
    ),
    "PersistentVolumeClaim": ("spec.resources", "spec.volumeAttributesClassName"),
}
# The fields of a Secret or ConfigMap with `immutable: true`.
_CONTENT = ("data", "stringData")


def immutable_fields(kind: str, *, is_marked: bool) -> tuple[str, ...]:
    """The paths of fields that can't change in any object of the kind.

    `is_marked`: the live object is a Secret or ConfigMap with `immutable: true`.
    """
    return (*_IMMUTABLE.get(kind, ()), *(_CONTENT if is_marked else ()))


def immutable_below_spec(kind: str, paths: Iterable[str]) -> list[str]:
    """The changed paths below `spec` that can't change.

    Some kinds allow changes of only a few fields of `spec`.
    """
    mutable = _MUTABLE_SPEC.get(kind)
    if mutable is None:
        return []
    return [
        path
        for path in paths
        if path.startswith("spec.") and not any(_is_within(path, allowed) for allowed in mutable)
    ]


def _is_within(path: str, parent: str) -> bool:
    return path == parent or path.startswith((f"{parent}.", f"{parent}["))
