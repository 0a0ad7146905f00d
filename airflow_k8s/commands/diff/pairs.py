"""Two renderings of a stack, object by object. Pure: objects in, changes out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from airflow_k8s.kube.fields import FieldChange, changes
from airflow_k8s.rendering.manifests import CHART, POD_TEMPLATE, PROGRAM, TASK_POD, Object

_CHART_VERSION = "helm.sh/chart"


class Action(StrEnum):
    """What happens to an object."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class ObjectChange:
    """An object that is on one side only, or that differs between the sides."""

    before: Object | None
    after: Object | None
    fields: Sequence[FieldChange] = field(default_factory=list[FieldChange])

    @property
    def object(self) -> Object:
        """The object after the change; before it, if it is removed."""
        found = self.after or self.before
        assert found  # noqa: S101 at least one side exists
        return found

    @property
    def action(self) -> Action:
        """What happens to the object."""
        if self.before is None:
            return Action.ADDED
        return Action.REMOVED if self.after is None else Action.CHANGED

    @property
    def changes_owner(self) -> bool:
        """Whether the chart hands the object over to the program, or the other way round."""
        return bool(self.before and self.after and self.before.origin != self.after.origin)

    @property
    def protection_changes(self) -> bool:
        """Whether Pulumi's protection of the object is switched on or off."""
        return bool(self.before and self.after and self.before.protect != self.after.protect)

    def touches(self, *paths: str) -> bool:
        """Whether one of the paths differs: the field itself, one below it, or one above it."""
        return any(
            change.path == path
            or change.path.startswith((f"{path}.", f"{path}["))
            or path.startswith((f"{change.path}.", f"{change.path}["))
            for change in self.fields
            for path in paths
        )


def object_changes(before: Sequence[Object], after: Sequence[Object]) -> list[ObjectChange]:
    """The objects that differ, in the order of `after`; removed objects come last."""
    found = list[ObjectChange]()
    unmatched = list(before)
    for new in after:
        old = _match(new, unmatched)
        if old is None:
            found.append(ObjectChange(before=None, after=new))
            continue
        unmatched.remove(old)
        fields = changes(comparable(old), comparable(new))
        change = ObjectChange(before=old, after=new, fields=fields)
        if fields or change.changes_owner or change.protection_changes:
            found.append(change)
    return [*found, *(ObjectChange(before=old, after=None) for old in unmatched)]


def comparable(obj: Object) -> Mapping[str, Any]:
    """The part of an object's manifest that is compared.

    Left out of an object of the chart are the label with the chart's version, the task pod inside
    a ConfigMap (here an object of its own), and the texts of a Secret: the chart generates some of
    them again at each rendering, so only the keys count.
    """
    manifest = dict(obj.manifest)
    if obj.origin == PROGRAM:
        return manifest
    manifest = _without_version(manifest)
    if obj.kind == "ConfigMap" and POD_TEMPLATE in (manifest.get("data") or {}):
        manifest["data"] = {k: v for k, v in manifest["data"].items() if k != POD_TEMPLATE}
    if obj.kind == "Secret":
        for name in ("data", "stringData"):
            if manifest.get(name):
                manifest[name] = dict.fromkeys(manifest[name], "")
    return manifest


def by_component(
    found: Sequence[ObjectChange],
) -> Iterator[tuple[str, str, list[ObjectChange]]]:
    """The changes by component and, within the chart, by part of Airflow, in their order."""
    keys = dict.fromkeys((change.object.component, change.object.part) for change in found)
    order = list(dict.fromkeys(component for component, _ in keys))
    for key in sorted(keys, key=lambda key: order.index(key[0])):
        same = [c for c in found if (c.object.component, c.object.part) == key]
        yield *key, same


def _without_version(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_version(v) for k, v in value.items() if k != _CHART_VERSION}
    return [_without_version(item) for item in value] if isinstance(value, list) else value


def _match(wanted: Object, candidates: Sequence[Object]) -> Object | None:
    """The same object on the other side.

    To Pulumi it is the one with the same URN, whatever its name; else the one of the same kind and
    name, whether the chart or the program makes it.
    """
    by_urn = (other for other in candidates if wanted.urn and other.urn == wanted.urn)
    same = (other for other in candidates if _is_same(other, wanted))
    return next(by_urn, None) or next(same, None)


def _is_same(one: Object, other: Object) -> bool:
    if _group_kind(one) != _group_kind(other):
        return False
    if one.name != other.name or one.patch != other.patch:
        return False
    if TASK_POD in (one.part, other.part):
        return one.part == other.part
    # Objects of a chart move with their release to another namespace.
    both_in_chart = one.origin == other.origin == CHART
    same_place = both_in_chart or one.namespace == other.namespace
    return same_place and (not one.patch or _patched_fields(one) == _patched_fields(other))


def _group_kind(obj: Object) -> tuple[str, str]:
    """API group and kind: another version of the API is the same object."""
    api_version = str(obj.manifest["apiVersion"])
    return (api_version.rpartition("/")[0], obj.kind)


def _patched_fields(obj: Object) -> list[str]:
    """What a patch sets: the labels and the taints of one node are two patches."""
    return [name for name in obj.manifest if name not in ("apiVersion", "kind", "metadata")]
