"""Compares two objects field by field. Pure: plain data in, changes out.

Items of a list are matched as Kubernetes' strategic merge matches them, by the key that the API
types define for the list (`patchMergeKey`). So an item that only moves within a list is no change:
https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch
"""

import configparser
import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_k8s.kube import quantity


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Any = _Absent()
"""The value of a field that an object does not have. A field with the value null is not absent."""


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field that differs. A mapping or item that only one object has is one change."""

    path: str  # spec.template.spec.containers[scheduler].image
    before: Any
    after: Any


# Keys of the items, by the name of the list: the first choice whose keys all items have distinct is
# used. Some of these lists are atomic to Kubernetes; their keys here are those that identify an
# item for a reader.
_KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "containers": (("name",),),
    "initContainers": (("name",),),
    "ephemeralContainers": (("name",),),
    "volumes": (("name",),),
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    "volumeClaimTemplates": (("metadata.name",),),
    "env": (("name",),),
    "ports": (("containerPort", "protocol"), ("port", "protocol")),
    "imagePullSecrets": (("name",),),
    "secrets": (("name",),),
    "hostAliases": (("ip",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "taints": (("key", "effect"),),
    "tolerations": (("key", "effect"),),
    "ownerReferences": (("uid",),),
    "subjects": (("kind", "namespace", "name"),),
    "items": (("key",),),
    "limits": (("type",),),
}
# Arguments have a meaning by their position: these lists are compared as one value.
_ATOMIC = ("command", "args")
# In these lists another order is a change: it makes another pod template, later variables refer to
# earlier ones, and init containers run one after the other.
_ORDERED = (
    "containers",
    "env",
    "envFrom",
    "hostAliases",
    "imagePullSecrets",
    "initContainers",
    "tolerations",
    "topologySpreadConstraints",
    "volumeMounts",
    "volumes",
)
# The values in these mappings are quantities.
_AMOUNTS = ("hard", "limits", "requests")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """The fields that differ, in the order of the objects."""
    return list(_mappings("", before, after))


def differing_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The paths of the fields that differ, in alphabetical order."""
    return sorted({change.path for change in changes(before, after)})


def value_text(value: Any) -> str:
    """A value as text in a sentence, such as none, 3 or {"a": 1}. A Secret hides its own text."""
    if value is ABSENT:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, default=repr, ensure_ascii=False)


def child_path(path: str, key: str) -> str:
    """The path of a key in a mapping: path.key, or path[key] if the key has other characters than
    letters, digits, _ and -."""
    if not all(c.isalnum() or c in "_-" for c in key) or not key:
        return item_path(path, key)
    return f"{path}.{key}" if path else key


def item_path(path: str, key: str) -> str:
    """The path of a list item: path[key]. Brackets in the key become parentheses."""
    return f"{path}[{key.translate(_ROUND)}]"


_ROUND = str.maketrans("[]", "()")


def path_parts(path: str) -> list[str]:
    """The keys of a path, from the outermost."""
    found, part, depth = list[str](), "", 0
    for character in path:
        if character == "[":
            if not depth and part:
                found.append(part)
                part = ""
            depth += 1
            part += character if depth > 1 else ""
        elif character == "]":
            depth -= 1
            if depth:
                part += character
            else:
                found.append(part)
                part = ""
        elif character == "." and not depth:
            if part:
                found.append(part)
            part = ""
        else:
            part += character
    return [*found, part] if part else found


def _values(path: str, key: str, before: Any, after: Any) -> Iterator[FieldChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mappings(path, before, after)
    elif isinstance(before, list) and isinstance(after, list) and key not in _ATOMIC:
        yield from _lists(path, key, before, after)
    elif isinstance(before, str) and isinstance(after, str):
        if not _same_amount(path, before, after):
            yield from _texts(path, key, before, after)
    elif not (
        _same(before, after)
        or (_is_empty(before) and _is_empty(after))
        or _same_amount(path, before, after)
    ):
        yield FieldChange(path=path, before=before, after=after)


def _same_amount(path: str, before: Any, after: Any) -> bool:
    """Whether both values are equal quantities, such as 1Gi and 1024Mi."""
    above = path_parts(path)[-2:-1]
    if not above or above[0] not in _AMOUNTS or ABSENT in (before, after):
        return False
    try:
        return quantity.parse(str(before)) == quantity.parse(str(after))
    except ValueError:
        return False


def _is_empty(value: Any) -> bool:
    """Whether a value means the same as no field to Kubernetes: null, or an empty list.

    An empty mapping does not: an empty selector selects every pod.
    """
    return value is ABSENT or value is None or value == []


def _mappings(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[FieldChange]:
    for key in dict.fromkeys([*before, *after]):
        values = before.get(key, ABSENT), after.get(key, ABSENT)
        yield from _values(child_path(path, str(key)), str(key), *values)


def _lists(
    path: str, key: str, before: Sequence[Any], after: Sequence[Any]
) -> Iterator[FieldChange]:
    for fields in _KEYS.get(key, (("name",),)):
        old, new = _by(fields, before), _by(fields, after)
        if old is not None and new is not None:
            for name in dict.fromkeys([*old, *new]):
                values = old.get(name, ABSENT), new.get(name, ABSENT)
                yield from _values(item_path(path, _label(name)), "", *values)
            sides = ((old, new), (new, old))
            orders = [[_label(name) for name in one if name in other] for one, other in sides]
            if key in _ORDERED and orders[0] != orders[1]:
                yield FieldChange(path=path, before=orders[0], after=orders[1])
            return
    if key in _ORDERED and before != after and _same_items(before, after):
        yield FieldChange(path=path, before=before, after=after)
    yield from _unkeyed(path, before, after)


def _same_items(before: Sequence[Any], after: Sequence[Any]) -> bool:
    return len(before) == len(after) and all(item in after for item in before)


def _by(fields: Sequence[str], items: Sequence[Any]) -> dict[Hashable, Any] | None:
    """Maps the values of these keys to the items; None if two items have the same values."""
    found: dict[Hashable, Any] = {}
    for item in items:
        if not isinstance(item, Mapping):
            return None
        name = tuple(_at(item, field) for field in fields)
        if name[0] is None or name in found:
            return None
        found[name] = item
    return found


def _at(item: Any, field: str) -> Any:
    for step in field.split("."):
        item = item.get(step) if isinstance(item, Mapping) else None
    return item if isinstance(item, Hashable) else None


def _label(name: Any) -> str:
    return " ".join(str(value) for value in name if value is not None)


def _unkeyed(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[FieldChange]:
    """Changes of items without a key. Equal items match at any position.

    If one item is left on both sides, it is a changed item; otherwise items are removed and added.
    """
    removed, added = list(before), list(after)
    for item in before:
        match = next((other for other in added if _same(item, other)), ABSENT)
        if match is not ABSENT:
            added.remove(match)
            removed.remove(item)
    if len(removed) == len(added) == 1 and len(before) == len(after):
        place = list(after).index(added[0])
        one, other = removed[0], added[0]
        where = f"{path}[{place}]" if isinstance(one, Mapping) else path
        yield from _values(where, "", one, other)
        return
    for item in removed:
        yield FieldChange(path=f"{path}[]", before=item, after=ABSENT)
    for item in added:
        yield FieldChange(path=f"{path}[]", before=ABSENT, after=item)


def _texts(path: str, key: str, before: str, after: str) -> Iterator[FieldChange]:
    """The changes of a text. JSON and INI documents are compared field by field."""
    if before == after:
        return
    for read in (_json, _ini) if key.endswith((".json", ".cfg", ".ini")) else ():
        old, new = read(before), read(after)
        if old is not None and new is not None:
            found = list(_mappings(path, old, new))
            if found:  # otherwise only the layout differs
                yield from found
            return
    yield FieldChange(path=path, before=before, after=after)


def _json(text: str) -> Mapping[str, Any] | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _ini(text: str) -> Mapping[str, Any] | None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return {name: dict(parser[name]) for name in parser.sections()}


def _same(before: Any, after: Any) -> bool:
    """Whether two values are equal; 8080 equals 8080.0, but true does not equal 1."""
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    return bool(before == after)
