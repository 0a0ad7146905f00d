"""Two renderings of a stack, object by object. Pure: objects in, changes out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from airflow_k8s.kube.fields import FieldChange, changes
from airflow_k8s.rendering.manifests import CHART, PROGRAM, TASK_POD, Object

_POD_TEMPLATE = "pod_template_file.yaml"
_CHART_VERSION = "helm.sh/chart"


@dataclass(frozen=True, kw_only=True)
class ObjectChange:
    """An object that is on one side only, or differs."""

    before: Object | None
    after: Object | None
    fields: Sequence[FieldChange] = field(default_factory=list[FieldChange])

    @property
    def object(self) -> Object:
        """As it will be; as it was, where it goes."""
        found = self.after or self.before
        assert found  # noqa: S101 one of them is there
        return found

    @property
    def what(self) -> Literal["added", "removed", "changed"]:
        """What becomes of it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def moved(self) -> bool:
        """Whether somebody else makes it now: the program or the chart."""
        return bool(self.before and self.after and self.before.origin != self.after.origin)

    def touched(self, *paths: str) -> bool:
        """Whether a field there differs, or one below it, or a whole that it was part of."""
        return any(
            each.path == path
            or each.path.startswith((f"{path}.", f"{path}["))
            or path.startswith((f"{each.path}.", f"{each.path}["))
            for each in self.fields
            for path in paths
        )


def object_changes(before: Sequence[Object], after: Sequence[Object]) -> list[ObjectChange]:
    """The objects that come, go or differ: those that go after the others of their component."""
    found = list[ObjectChange]()
    left = list(before)
    for each in after:
        was = _match(each, left)
        if was is None:
            found.append(ObjectChange(before=None, after=each))
            continue
        left.remove(was)
        fields = changes(compared(was), compared(each))
        change = ObjectChange(before=was, after=each, fields=fields)
        if fields or change.moved or was.protect != each.protect:
            found.append(change)
    return [*found, *(ObjectChange(before=each, after=None) for each in left)]


def compared(each: Object) -> Mapping[str, Any]:
    """What is looked at of an object.

    Not the task pod inside the chart's ConfigMap, which is an object of its own here; not the label
    that names the chart's version on every object; and of a Secret that the chart makes just the
    keys, since it makes some of the texts anew each time that it is rendered.
    """
    manifest = dict(each.manifest)
    if each.origin == PROGRAM:
        return manifest
    manifest = _without_version(manifest)
    if each.kind == "ConfigMap" and _POD_TEMPLATE in (manifest.get("data") or {}):
        manifest["data"] = {k: v for k, v in manifest["data"].items() if k != _POD_TEMPLATE}
    if each.kind == "Secret":
        for name in ("data", "stringData"):
            if manifest.get(name):
                manifest[name] = dict.fromkeys(manifest[name], "")
    return manifest


def _without_version(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_version(v) for k, v in value.items() if k != _CHART_VERSION}
    return [_without_version(item) for item in value] if isinstance(value, list) else value


def _match(wanted: Object, among: Sequence[Object]) -> Object | None:
    """The same object on the other side: to Pulumi the one with its URN, whatever it is called;
    else the one of that kind and name, whoever makes it."""
    by_urn = (o for o in among if wanted.urn and o.urn == wanted.urn)
    return next(by_urn, None) or next((o for o in among if _is_same(o, wanted)), None)


def _is_same(one: Object, other: Object) -> bool:
    if _group(one) != _group(other) or one.name != other.name or one.patch != other.patch:
        return False
    if TASK_POD in (one.part, other.part):
        return one.part == other.part
    # Within a chart the namespace is the release's, and moves with it.
    inside = one.origin == other.origin == CHART
    same_place = inside or one.namespace == other.namespace
    return same_place and (not one.patch or _patched(one) == _patched(other))


def _group(each: Object) -> tuple[str, str]:
    """A new version of an API is no new object."""
    api = str(each.manifest["apiVersion"])
    return (api.rpartition("/")[0], each.kind)


def _patched(each: Object) -> list[str]:
    """Labels and taints of a node are two patches."""
    return [name for name in each.manifest if name not in ("apiVersion", "kind", "metadata")]


def groups(found: Sequence[ObjectChange]) -> Iterator[tuple[str, str, list[ObjectChange]]]:
    """By component and, within the chart, by part, in the order of what is found."""
    keys = dict.fromkeys((c.object.component, c.object.part) for c in found)
    for component, part in sorted(keys, key=lambda key: [k[0] for k in keys].index(key[0])):
        mine = [c for c in found if (c.object.component, c.object.part) == (component, part)]
        yield component, part, mine
