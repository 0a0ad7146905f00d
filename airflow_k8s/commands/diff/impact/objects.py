"""What becomes of objects that change in a field that can't change, move, or go."""

import re
from collections.abc import Iterator, Mapping, Sequence

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.kube import quantity, replacement
from airflow_k8s.kube.fields import ABSENT
from airflow_k8s.rendering.manifests import CHART, PROGRAM, TASK, Object

_HOOK = "helm.sh/hook"
_HOLDS: Mapping[str, str] = {
    "PersistentVolumeClaim": "the claim goes, and its volume with it unless the class retains it",
    "Cluster": "the database goes, with the volumes of all its instances",
    "Namespace": "everything in it is deleted",
    "CustomResourceDefinition": "every object of its kind goes with it",
    "NodePool": "its nodes are drained and deleted, with the tasks that run there",
}
_KEPT = "helm.sh/resource-policy"
# Fields that the API server lets nobody change, beyond those that Pulumi answers with a new object.
# Of a StatefulSet and a claim it is all of `spec` but these.
# https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/
_MAY_CHANGE: Mapping[str, tuple[str, ...]] = {
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
_SIZES: Mapping[str, str] = {
    "PersistentVolumeClaim": "spec.resources.requests.storage",
    "Cluster": "spec.storage.size",
}


def objects(
    changes: Sequence[ObjectChange], *, secrets_mutable: bool, config_maps_mutable: bool
) -> Iterator[Consequence]:
    """Whether the provider's Secrets and ConfigMaps are changed in place is an option of it."""
    for change in changes:
        if change.before is None or change.object.origin == TASK:
            continue
        if change.before.patch:
            yield from _patched(change.before, change.after)
            continue
        if change.after is None:
            yield from _removed(change.before)
        elif change.moved:
            yield _moved(change)
        elif change.after.origin == PROGRAM:
            yield from _declared(
                change, change.before, change.after, secrets_mutable, config_maps_mutable
            )
            yield from _other_database(change.before, change.after)
        else:
            yield from _in_chart(change, change.after)


def _patched(before: Object, after: Object | None) -> Iterator[Consequence]:
    """Letting go of a node's taints would drop those of others too, so they stay."""
    left = _taints(before) - (_taints(after) if after else set())
    for key, effect in sorted(left):
        words = f"the taint stays until `kubectl taint nodes {before.name} {key}:{effect}-`"
        yield _about("left", before, words)


def _taints(each: Object) -> set[tuple[str, str]]:
    taints = (each.manifest.get("spec") or {}).get("taints") or []
    return {(taint["key"], taint["effect"]) for taint in taints}


def _removed(was: Object) -> Iterator[Consequence]:
    annotations = was.manifest["metadata"].get("annotations") or {}
    if was.retain:
        yield _about("left", was, "Pulumi forgets it and deletes nothing")
    elif was.origin == CHART and annotations.get(_KEPT) == "keep":
        yield _about("left", was, "the chart tells Helm to keep it")
    elif was.protect:
        words = "it is protected and no longer declared: the update stops there"
        yield _about("refused", was, words)
    elif was.kind in _HOLDS:
        yield _about("lost", was, _HOLDS[was.kind])
    elif _is_database(was):
        words = "the database's pod goes; what becomes of its data is a matter of its claim"
        yield _about("lost", was, words)


def _moved(change: ObjectChange) -> Consequence:
    if change.object.origin == PROGRAM:
        words = (
            "the chart made it and the program would: Pulumi finds it there already. Delete it"
            " first, or import it"
        )
    else:
        words = (
            "the program made it and the chart would: Helm takes no object that another made."
            " Delete it first"
        )
    return _about("refused", change.object, words)


def _declared(
    change: ObjectChange,
    before: Object,
    after: Object,
    secrets_mutable: bool,
    config_maps_mutable: bool,
) -> Iterator[Consequence]:
    if before.urn != after.urn and not after.aliased:
        words = (
            "to Pulumi it is another resource, since its name or parent in the program differs:"
            " it finds it there already. Give it an alias"
        )
        yield _about("refused", after, words)
        return
    forces = replacement.replacing_fields(
        after.manifest, secrets_mutable=secrets_mutable, config_maps_mutable=config_maps_mutable
    )
    forces += ["metadata.name", "metadata.namespace"]
    why = [path for path in [*forces, *_text_of_secret(after, forces)] if change.touched(path)]
    if why and before.protect:
        words = (
            f"{_differ(why)}, which takes a new one, but it is protected: the update stops there"
        )
        yield _about("refused", after, words)
    elif why and after.kind in _HOLDS:
        yield _about("lost", before, f"{_differ(why)}, so it is replaced: {_HOLDS[after.kind]}")
    elif why and after.kind == "Job":
        return  # a Job that runs again is told among those
    elif why:
        costs = replacement.replacement_effect(after.kind)
        yield _about("replaced", after, f"{_differ(why)}" + (f": {costs}" if costs else ""))
    else:
        yield from _unchangeable(change, after)


def _text_of_secret(each: Object, forces: Sequence[str]) -> list[str]:
    """A program gives a Secret's texts in `stringData`, which counts as its data."""
    return ["stringData"] if each.kind == "Secret" and "data" in forces else []


def _in_chart(change: ObjectChange, after: Object) -> Iterator[Consequence]:
    if _HOOK in (after.manifest["metadata"].get("annotations") or {}):
        return  # Helm deletes it before it makes it anew
    if change.before and change.before.namespace != after.namespace:
        return  # the release is replaced, and told
    yield from _unchangeable(change, after)


def _unchangeable(change: ObjectChange, after: Object) -> Iterator[Consequence]:
    immutable = [path for path in _IMMUTABLE.get(after.kind, ()) if change.touched(path)]
    allowed = _MAY_CHANGE.get(after.kind)
    if allowed is not None:
        inside = [f for f in change.fields if f.path.startswith("spec.")]
        immutable += [
            f.path
            for f in inside
            if not any(
                f.path == path or f.path.startswith((f"{path}.", f"{path}[")) for path in allowed
            )
        ]
    if change.before and change.before.manifest.get("immutable"):
        immutable += [path for path in ("data", "stringData") if change.touched(path)]
    if immutable:
        words = f"{_differ(immutable)}, and the API server lets nobody change that: delete it first"
        yield _about("refused", after, words)
    for field in change.fields:
        is_size = field.path == _SIZES.get(after.kind)
        if is_size and ABSENT not in (field.before, field.after):
            yield from _resized(after, str(field.before), str(field.after))


def _resized(after: Object, before: str, now: str) -> Iterator[Consequence]:
    if quantity.parse(now) == quantity.parse(before):
        return
    if quantity.parse(now) < quantity.parse(before):
        yield _about("refused", after, f"from {before} to {now}: a claim can't shrink")
    else:
        words = f"from {before} to {now}: refused unless its storage class allows expansion"
        yield _about("guards", after, words)


def _other_database(before: Object, after: Object) -> Iterator[Consequence]:
    """A pod of ours has no operator that would upgrade its files.
    https://www.postgresql.org/docs/current/upgrading.html"""
    if not (_is_database(after) or after.kind == "Cluster"):
        return
    was, now = _postgresql(before), _postgresql(after)
    if was and now and was != now and after.kind == "Cluster":
        if int(now) < int(was):
            yield _about("refused", after, f"from PostgreSQL {was} back to {now}")
        else:
            words = (
                f"from PostgreSQL {was} to {now}: its operator stops all instances and upgrades"
                " their files, from its version 1.26 on (docs/upgrade.md)"
            )
            yield _about("replaced", after, words)
    elif was and now and was != now:
        words = (
            f"PostgreSQL {now} does not read the files of {was}: its pod would not start. Dump the"
            " database and restore it, as docs/upgrade.md says"
        )
        yield _about("refused", after, words)


def _postgresql(each: Object) -> str:
    """The major version of the image; empty where its tag does not begin with one."""
    images = [container.image for container in each.pods.containers] if each.pods else []
    found = (re.search(r"postgres(?:ql)?:(\d+)", image) for image in images)
    return next((match[1] for match in found if match), "")


def _is_database(each: Object) -> bool:
    return each.kind == "StatefulSet" and each.origin == PROGRAM


def _differ(paths: Sequence[str]) -> str:
    named = ", ".join(dict.fromkeys(paths))
    return f"{named} differ{'s' if len(set(paths)) == 1 else ''}"


def _about(kind: Kind, each: Object, words: str) -> Consequence:
    return Consequence(kind=kind, subject=each.qualified_name, words=words)
