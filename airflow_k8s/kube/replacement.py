"""Which changes Pulumi's Kubernetes provider answers with a replacement, and what that costs.

As in `forceNewProperties` of pulumi-kubernetes 4.34 (provider/pkg/provider/diff.go). What is
immutable but not in its list is sent, and refused by the server.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_k8s.kube.state import Manifest

DATA_LOSS = "DATA LOSS"  # stands in the words of a replacement that loses what was in the object


_SELECTOR = ("spec.selector",)
_FORCES: Mapping[str, tuple[str, ...]] = {
    "DaemonSet": _SELECTOR,
    "Deployment": _SELECTOR,
    "Job": ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "PersistentVolumeClaim": (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    "ResourceQuota": ("spec.scopes",),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "Secret": ("type",),
    "Service": ("spec.clusterIP",),
    "StatefulSet": (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "StorageClass": ("parameters", "provisioner"),
}
_LOSES = {
    "PersistentVolumeClaim": f"{DATA_LOSS}: the claim goes with its volume, and a new one is empty",
    "StatefulSet": "its pods are deleted before the new ones start; claims stay",
    "Namespace": f"{DATA_LOSS}: everything in it is deleted",
}


def forced(wanted: Manifest, *, secrets_mutable: bool, config_maps_mutable: bool) -> list[str]:
    """The fields of such an object whose change is answered with a replacement."""
    fields = list(_FORCES.get(wanted["kind"], ()))
    immutable = wanted.get("immutable")
    if wanted["kind"] == "Secret" and (immutable or not secrets_mutable):
        fields.append("data")
    if wanted["kind"] == "ConfigMap" and (immutable or not config_maps_mutable):
        fields += ["data", "binaryData"]
    return fields


def changed(fields: Iterable[str], wanted: Manifest, live: Manifest, *, manager: str) -> list[str]:
    """Those of the fields that differ between what is wanted and what is there.

    A field that is left out now, but was set by the manager before, counts too.
    """
    owned = _owned(live, manager)
    return [field for field in fields if _differs(wanted, live, owned, field.split("."))]


def at(document: Any, path: str) -> Any:
    """What stands there; None where nothing does."""
    for key in path.split("."):
        document = document.get(key) if isinstance(document, Mapping) else None
    return document


def costs(kind: str) -> str:
    """What a replacement of such an object does, in words."""
    return _LOSES.get(kind, "")


def _differs(wanted: Any, live: Any, owned: Any, path: list[str]) -> bool:
    head, *rest = path
    ours = isinstance(owned, Mapping) and f"f:{head}" in owned
    if not isinstance(wanted, Mapping) or wanted.get(head) is None:
        return ours and not rest
    there = live.get(head) if isinstance(live, Mapping) else None
    if rest:
        return _differs(wanted[head], there, owned.get(f"f:{head}") if ours else None, rest)
    return not _covered(wanted[head], there)


def _covered(wanted: Any, live: Any) -> bool:
    """Whether the live value says all that is wanted; the server adds defaults of its own."""
    if not wanted and not live:
        return True
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(
            _covered(value, live.get(key)) for key, value in wanted.items() if value is not None
        )
    if isinstance(wanted, list):
        same = isinstance(live, list) and len(wanted) == len(live)
        return same and all(_covered(a, b) for a, b in zip(wanted, live, strict=True))
    return bool(wanted == live)


def _owned(live: Manifest, manager: str) -> Mapping[str, Any]:
    fields: Iterator[Any] = (
        entry.get("fieldsV1", {})
        for entry in live["metadata"].get("managedFields", ())
        if entry.get("manager") == manager and entry.get("operation") == "Apply"
    )
    return next(fields, {})
