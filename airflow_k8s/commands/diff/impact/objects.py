"""Objects that are deleted, handed over, or change in a field that can't change in place."""

import re
from collections.abc import Iterator, Mapping, Sequence

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Reason
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.kube import quantity, replacement
from airflow_k8s.kube.fields import ABSENT
from airflow_k8s.kube.images import image_name
from airflow_k8s.kube.immutable import immutable_below_spec, immutable_fields
from airflow_k8s.rendering.manifests import CHART, PROGRAM, TASK, Object

_HOOK = "helm.sh/hook"
_CONTENT_LOSS: Mapping[str, str] = {
    "PersistentVolumeClaim": (
        "the claim is deleted, and its volume with it unless the storage class retains it"
    ),
    "Cluster": "the database is deleted with the volumes of all its instances",
    "Namespace": "every object in it is deleted",
    "CustomResourceDefinition": "every object of its kind is deleted",
    "NodePool": "its nodes are drained and deleted, with the tasks that run on them",
}
"""What the deletion of an object destroys besides the object, by kind."""
_HELM_POLICY = "helm.sh/resource-policy"
_SIZES: Mapping[str, str] = {
    "PersistentVolumeClaim": "spec.resources.requests.storage",
    "Cluster": "spec.storage.size",
}


def object_consequences(
    changes: Sequence[ObjectChange], *, secrets_mutable: bool, config_maps_mutable: bool
) -> Iterator[Consequence]:
    """What happens to objects that exist before the change.

    The options say whether Pulumi's provider changes Secrets and ConfigMaps in place or replaces
    them.
    """
    for change in changes:
        if change.before is None or change.object.origin == TASK:
            continue
        if change.before.patch:
            yield from _removed_taints(change.before, change.after)
        elif change.after is None:
            yield from _removed(change.before)
        elif change.changes_owner:
            yield _handed_over(change)
        elif change.after.origin == PROGRAM:
            forces = replacement.replacing_fields(
                change.after.manifest,
                secrets_mutable=secrets_mutable,
                config_maps_mutable=config_maps_mutable,
            )
            yield from _changed_by_pulumi(change, change.before, change.after, forces)
            yield from _database_version(change.before, change.after)
        else:
            yield from _changed_by_helm(change, change.after)


def _removed_taints(before: Object, after: Object | None) -> Iterator[Consequence]:
    """Pulumi can't remove one taint of a node without the taints that others set."""
    removed = _taints(before) - (_taints(after) if after else set())
    for key, effect in sorted(removed):
        command = f"kubectl taint nodes {before.name} {key}:{effect}-"
        message = f"the taint stays on the node; `{command}` removes it"
        yield _consequence(Kind.LEFT_BEHIND, before, message, Reason.TAINT)


def _taints(obj: Object) -> set[tuple[str, str]]:
    taints = (obj.manifest.get("spec") or {}).get("taints") or []
    return {(taint["key"], taint["effect"]) for taint in taints}


def _removed(before: Object) -> Iterator[Consequence]:
    annotations = before.manifest["metadata"].get("annotations") or {}
    if before.retain:
        message = "Pulumi drops it from its state and does not delete it"
        yield _consequence(Kind.LEFT_BEHIND, before, message, Reason.RETAINED)
    elif before.origin == CHART and annotations.get(_HELM_POLICY) == "keep":
        message = f"Helm does not delete it: {_HELM_POLICY} is keep"
        yield _consequence(Kind.LEFT_BEHIND, before, message, Reason.RETAINED)
    elif before.protect:
        message = "it is protected and no longer declared: Pulumi stops the update"
        yield _consequence(Kind.REFUSED, before, message, Reason.PROTECTED)
    elif before.kind in _CONTENT_LOSS:
        yield _consequence(Kind.DATA_LOSS, before, _CONTENT_LOSS[before.kind], Reason.REMOVED)
    elif _is_embedded_database(before):
        message = "the database's pod is deleted; its data stays only if its claim does"
        yield _consequence(Kind.DATA_LOSS, before, message, Reason.REMOVED)


def _handed_over(change: ObjectChange) -> Consequence:
    """An object that the chart made and the program would make, or the other way round."""
    if change.object.origin == PROGRAM:
        message = (
            "the chart created it and the program would create it: Pulumi fails because the object"
            " exists. Delete it first, or import it"
        )
    else:
        message = (
            "the program created it and the chart would create it: Helm does not take over an"
            " object that it did not create. Delete it first"
        )
    return _consequence(Kind.REFUSED, change.object, message, Reason.OTHER_OWNER)


def _changed_by_pulumi(
    change: ObjectChange, before: Object, after: Object, forces: Sequence[str]
) -> Iterator[Consequence]:
    """What Pulumi does with the change. It replaces the object for the fields in `forces`."""
    if before.urn != after.urn and not after.aliased:
        message = (
            "its name or parent in the program changes, so that Pulumi takes it for a new resource"
            " and fails because the object exists. Give it an alias"
        )
        yield _consequence(Kind.REFUSED, after, message, Reason.OTHER_RESOURCE)
        return
    paths = [*forces, "metadata.name", "metadata.namespace"]
    if after.kind == "Secret" and "data" in paths:
        paths.append("stringData")  # the program writes the texts of a Secret there
    forcing = [path for path in paths if change.touches(path)]
    if not forcing:
        yield from _immutable_fields(change, after)
    elif before.protect:
        message = (
            f"{_change_of(forcing)}, which needs a replacement, but it is protected: Pulumi stops"
            " the update"
        )
        yield _consequence(Kind.REFUSED, after, message, Reason.PROTECTED)
    elif after.kind in _CONTENT_LOSS:
        message = f"{_change_of(forcing)}, so it is replaced: {_CONTENT_LOSS[after.kind]}"
        yield _consequence(Kind.DATA_LOSS, before, message, Reason.FORCES_REPLACEMENT)
    elif after.kind != "Job":  # a Job that is replaced is among the Jobs that run
        costs = replacement.replacement_effect(after.kind)
        message = f"{_change_of(forcing)}{f': {costs}' if costs else ''}"
        yield _consequence(Kind.REPLACED, after, message, Reason.FORCES_REPLACEMENT)


def _changed_by_helm(change: ObjectChange, after: Object) -> Iterator[Consequence]:
    if _HOOK in (after.manifest["metadata"].get("annotations") or {}):
        return  # Helm deletes a hook before it creates the new one
    yield from _immutable_fields(change, after)


def _immutable_fields(change: ObjectChange, after: Object) -> Iterator[Consequence]:
    """Changed fields that the API server refuses, and volumes that change in size."""
    is_marked = bool(change.before and change.before.manifest.get("immutable"))
    immutable = [
        path for path in immutable_fields(after.kind, is_marked=is_marked) if change.touches(path)
    ]
    immutable += immutable_below_spec(after.kind, (field.path for field in change.fields))
    if immutable:
        message = (
            f"{_change_of(immutable)}, which the API server refuses as immutable: delete the object"
            " first"
        )
        yield _consequence(Kind.REFUSED, after, message, Reason.IMMUTABLE)
    for field in change.fields:
        is_size = field.path == _SIZES.get(after.kind)
        if is_size and ABSENT not in (field.before, field.after):
            yield from _resized(after, str(field.before), str(field.after))


def _resized(after: Object, old: str, new: str) -> Iterator[Consequence]:
    if quantity.parse(new) == quantity.parse(old):
        return
    if quantity.parse(new) < quantity.parse(old):
        message = f"from {old} to {new}: a claim can't shrink"
        yield _consequence(Kind.REFUSED, after, message, Reason.SHRINKS)
    else:
        message = f"from {old} to {new}: refused unless its storage class allows expansion"
        yield _consequence(Kind.SAFEGUARD, after, message, Reason.EXPANDS)


def _database_version(before: Object, after: Object) -> Iterator[Consequence]:
    """Another major version of PostgreSQL, which can't read the files of the old one.

    CloudNativePG's operator upgrades the files; the embedded database has no operator.
    https://www.postgresql.org/docs/current/upgrading.html
    """
    is_replicated = after.kind == "Cluster"
    if not (is_replicated or _is_embedded_database(after)):
        return
    old, new = _postgresql_major(before), _postgresql_major(after)
    if not old or not new or old == new:
        return
    if not is_replicated:
        kind = Kind.REFUSED
        message = (
            f"PostgreSQL {new} can't read the files of {old}, so that its pod would not start. Dump"
            " the database and restore it: see docs/upgrade.md"
        )
    elif int(new) < int(old):
        kind = Kind.REFUSED
        message = f"from PostgreSQL {old} back to {new}"
    else:
        kind = Kind.REPLACED
        message = (
            f"from PostgreSQL {old} to {new}: its operator, from version 1.26 on, stops all"
            " instances and upgrades their files (docs/upgrade.md)"
        )
    yield _consequence(kind, after, message, Reason.DATABASE_VERSION)


def _postgresql_major(obj: Object) -> str:
    """The major version in the image's tag; empty if the tag does not begin with a number."""
    images = [container.image for container in obj.pods.containers] if obj.pods else []
    for image in map(image_name, images):
        version = re.match(r"\d+", image.tag)
        if image.repository.endswith(("postgres", "postgresql")) and version:
            return version[0]
    return ""


def _is_embedded_database(obj: Object) -> bool:
    return obj.kind == "StatefulSet" and obj.origin == PROGRAM


def _change_of(paths: Sequence[str]) -> str:
    names = list(dict.fromkeys(paths))
    return f"{', '.join(names)} {'changes' if len(names) == 1 else 'change'}"


def _consequence(kind: Kind, obj: Object, message: str, reason: Reason) -> Consequence:
    return Consequence(kind=kind, subject=obj.qualified_name, message=message, reason=reason)
