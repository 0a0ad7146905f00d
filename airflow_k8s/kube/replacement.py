"""The fields whose change makes Pulumi replace an object, and what a replacement loses.

The table follows `forceNewProperties` of pulumi-kubernetes 4.34 (provider/pkg/provider/diff.go).
Pulumi sends any other change to the API server. The fields that the API server then refuses to
change are another table: see `immutable`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_k8s.kube.data import HOLDS_DATA
from airflow_k8s.kube.manifest import Manifest

_SELECTOR = ("spec.selector",)
_REPLACING: Mapping[str, tuple[str, ...]] = {
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
_EFFECTS: Mapping[str, str] = {
    "Cluster": "DATA LOSS: the database is deleted with the volumes of all its instances",
    "PersistentVolumeClaim": (
        "DATA LOSS: the claim is deleted with its volume, and the new volume is empty"
    ),
    "StatefulSet": "its pods are deleted before the new ones start; its claims are kept",
    "Namespace": "DATA LOSS: everything in it is deleted",
}


def replacing_fields(
    desired: Manifest, *, secrets_mutable: bool, config_maps_mutable: bool
) -> list[str]:
    """The paths of the fields whose change makes Pulumi replace the object.

    The two options are those of the Kubernetes provider: enableSecretMutable and
    enableConfigMapMutable.
    """
    fields = list(_REPLACING.get(desired["kind"], ()))
    immutable = desired.get("immutable")
    if desired["kind"] == "Secret" and (immutable or not secrets_mutable):
        fields.append("data")
    if desired["kind"] == "ConfigMap" and (immutable or not config_maps_mutable):
        fields += ["data", "binaryData"]
    return fields


def changed_fields(
    fields: Iterable[str], desired: Manifest, live: Manifest, *, manager: str
) -> list[str]:
    """The fields (paths such as spec.selector) whose desired value differs from the live value.

    A field that the desired object leaves out counts as changed if this field manager set it
    before.
    """
    owned = _owned(live, manager)
    return [field for field in fields if _differs(desired, live, owned, field.split("."))]


def value_at(document: Any, path: str) -> Any:
    """The value at a path such as spec.selector; None if the document has none."""
    for key in path.split("."):
        document = document.get(key) if isinstance(document, Mapping) else None
    return document


def replacement_effect(kind: str) -> str:
    """A phrase about what a replacement of such an object loses; empty if nothing is lost."""
    return _EFFECTS.get(kind, "")


def loses_data(kind: str) -> bool:
    """Whether the data in such an object is lost when the object is replaced."""
    return kind in HOLDS_DATA


def _differs(desired: Any, live: Any, owned: Any, path: list[str]) -> bool:
    head, *rest = path
    is_owned = isinstance(owned, Mapping) and f"f:{head}" in owned
    if not isinstance(desired, Mapping) or desired.get(head) is None:
        return is_owned and not rest
    live_value = live.get(head) if isinstance(live, Mapping) else None
    if rest:
        return _differs(
            desired[head], live_value, owned.get(f"f:{head}") if is_owned else None, rest
        )
    return not _covers(live_value, desired[head])


def _covers(live: Any, desired: Any) -> bool:
    """Whether the live value contains the desired one. The API server adds defaults to it."""
    if not desired and not live:
        return True
    if isinstance(desired, Mapping):
        return isinstance(live, Mapping) and all(
            _covers(live.get(key), value) for key, value in desired.items() if value is not None
        )
    if isinstance(desired, list):
        same_length = isinstance(live, list) and len(desired) == len(live)
        return same_length and all(
            _covers(live_item, item) for live_item, item in zip(live, desired, strict=True)
        )
    return bool(desired == live)


def _owned(live: Manifest, manager: str) -> Mapping[str, Any]:
    """The fields that the manager set by server-side apply, as managedFields lists them."""
    fields: Iterator[Any] = (
        entry.get("fieldsV1", {})
        for entry in live["metadata"].get("managedFields", ())
        if entry.get("manager") == manager and entry.get("operation") == "Apply"
    )
    return next(fields, {})
