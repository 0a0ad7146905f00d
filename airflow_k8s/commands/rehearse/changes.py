"""What an upgrade changed in a namespace. Pure: objects before and after in, changes out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from airflow_k8s.commands.rehearse.live_objects import Key, LiveObject, component
from airflow_k8s.commands.rehearse.report import Change, Effect, Step
from airflow_k8s.console.text import amount
from airflow_k8s.kube.conditions import is_over
from airflow_k8s.kube.fields import differing_fields
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.references import mounted_claims

# Controllers and rehearsals set annotations with these prefixes.
_IGNORED_ANNOTATIONS = (
    "deployment.kubernetes.io/",
    "pv.kubernetes.io/",
    "rehearsal.airflow-platform/",
    "volume.beta.kubernetes.io/",
    "volume.kubernetes.io/",
)


def upgrade_changes(
    before: Iterable[LiveObject], after: Iterable[LiveObject], steps: Sequence[Step]
) -> list[Change]:
    """The changes of an upgrade: what it did to the objects, and which of its steps were
    refused."""
    replaced = {(step.kind, step.name): step for step in steps if step.action == "replaced"}
    complete = [
        replace(change, message=step.message, loses_data=step.loses_data)
        if change.effect == Effect.REPLACED and (step := replaced.get((change.kind, change.name)))
        else change
        for change in changes(before, after)
    ]
    return [*complete, *_refusals(steps)]


def changes(before: Iterable[LiveObject], after: Iterable[LiveObject]) -> Iterator[Change]:
    """The changes of the objects, and the components that the upgrade restarted."""
    old, new = {o.key: o for o in before}, {o.key: o for o in after}
    mounted = {
        name
        for live in new.values()
        if live.key[0] == "Pod"
        for name in mounted_claims(live.manifest["spec"])
    }
    for key in sorted({*old, *new}):
        if key[0] != "Pod":
            yield from _changes_of(key, old.get(key), new.get(key), mounted)
    yield from _restarts(old, new)


def _changes_of(
    key: Key, old: LiveObject | None, new: LiveObject | None, mounted: set[str]
) -> Iterator[Change]:
    """The changes of one object. `mounted` are the names of the claims that pods mount."""
    kind, name = key
    if old is None:
        yield Change(effect=Effect.ADDED, kind=kind, name=name)
        return
    if new is None:
        yield Change(effect=Effect.REMOVED, kind=kind, name=name)
        return
    if _uid(old) != _uid(new):
        yield Change(effect=Effect.REPLACED, kind=kind, name=name)
    else:
        fields = differing_fields(desired_content(old.manifest), desired_content(new.manifest))
        if fields:
            yield Change(effect=Effect.UPDATED, kind=kind, name=name, message=", ".join(fields))
    is_mounted = kind == "PersistentVolumeClaim" and name in mounted
    if new.orphaned and not is_mounted:
        yield Change(effect=Effect.ORPHANED, kind=kind, name=name)


def _refusals(steps: Iterable[Step]) -> Iterator[Change]:
    """The steps of an upgrade that were refused."""
    for step in steps:
        if step.action == "refused":
            yield Change(
                effect=Effect.REFUSED, kind=step.kind, name=step.name, message=step.message
            )


def desired_content(manifest: Manifest) -> dict[str, Any]:
    """The fields that the program or a chart sets, without those of the server and controllers."""
    metadata = manifest["metadata"]
    kept = {key: metadata.get(key, {}) for key in ("labels", "annotations")}
    kept["annotations"] = {
        key: value
        for key, value in kept["annotations"].items()
        if not key.startswith(_IGNORED_ANNOTATIONS)
    }
    rest = {key: value for key, value in manifest.items() if key not in ("metadata", "status")}
    if manifest["kind"] == "PersistentVolumeClaim":  # the control plane sets volumeName
        rest["spec"] = {k: v for k, v in manifest["spec"].items() if k != "volumeName"}
    return {**rest, "metadata": kept}


def _restarts(old: Mapping[Key, LiveObject], new: Mapping[Key, LiveObject]) -> Iterator[Change]:
    """Yields the components that the upgrade restarted: none of their pods existed before."""
    before, after = _pods(old), _pods(new)
    for name in sorted(before.keys() & after.keys()):
        if not before[name] & after[name]:
            message = amount(len(after[name]), "pod")
            yield Change(effect=Effect.RESTARTED, kind="component", name=name, message=message)


def _pods(objects: Mapping[Key, LiveObject]) -> dict[str, set[str]]:
    """The UIDs of the running pods by component, without pods of Jobs."""
    pods: dict[str, set[str]] = {}
    for live in objects.values():
        if live.key[0] == "Pod" and not is_over(live.manifest):
            owners = live.manifest["metadata"].get("ownerReferences", ())
            if "Job" not in {owner["kind"] for owner in owners}:
                pods.setdefault(component(live.manifest), set()).add(_uid(live))
    return pods


def _uid(live: LiveObject) -> str:
    return str(live.manifest["metadata"]["uid"])
