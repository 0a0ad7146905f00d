"""What differs between two objects, field by field. Pure: plain data in, changes out.

List items are told apart as Kubernetes' strategic merge does it, by the key that each list has in
its API types (`patchMergeKey`), so that a container that moves up a place is no change:
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
"""Stands where a field is not there, which is something else than null."""


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field that differs; a whole part that is on one side only is one change."""

    path: str  # spec.template.spec.containers[scheduler].image
    before: Any
    after: Any


# By the name of the field. Of those that are not patched by Kubernetes but replaced as a whole, the
# keys by which a person tells the items apart.
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
# Words on a command line mean something by their places; a change of one is told as a whole.
_WHOLE = ("command", "args")
# Another order in a pod's template is another template, and of some lists it means something: later
# variables see earlier ones, and init containers run one after the other.
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
# What stands below these is an amount, however it is written.
_AMOUNTS = ("hard", "limits", "requests")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """The fields that differ, in the order in which they stand."""
    return list(_mappings("", before, after))


def differing_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The paths of the fields that differ, in alphabetical order."""
    return sorted({change.path for change in changes(before, after)})


def in_words(value: Any) -> str:
    """A value in a sentence; a secret hides itself."""
    if value is ABSENT:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, default=repr, ensure_ascii=False)


def named(path: str, key: str) -> str:
    """The path of what stands below another; a key that is no plain word is put in brackets."""
    if not all(c.isalnum() or c in "_-" for c in key) or not key:
        return below(path, key)
    return f"{path}.{key}" if path else key


def below(path: str, key: str) -> str:
    """The path of what is in brackets below another. Brackets of its own become round ones."""
    return f"{path}[{key.translate(_ROUND)}]"


_ROUND = str.maketrans("[]", "()")


def parts(path: str) -> list[str]:
    """The keys of a path, from the outermost."""
    found, word, depth = list[str](), "", 0
    for character in path:
        if character == "[":
            if not depth and word:
                found.append(word)
                word = ""
            depth += 1
            word += character if depth > 1 else ""
        elif character == "]":
            depth -= 1
            if depth:
                word += character
            else:
                found.append(word)
                word = ""
        elif character == "." and not depth:
            if word:
                found.append(word)
            word = ""
        else:
            word += character
    return [*found, word] if word else found


def _values(path: str, key: str, before: Any, after: Any) -> Iterator[FieldChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mappings(path, before, after)
    elif isinstance(before, list) and isinstance(after, list) and key not in _WHOLE:
        yield from _lists(path, key, before, after)
    elif isinstance(before, str) and isinstance(after, str):
        if not _same_amount(path, before, after):
            yield from _texts(path, key, before, after)
    elif not (
        _same(before, after)
        or (_says_nothing(before) and _says_nothing(after))
        or _same_amount(path, before, after)
    ):
        yield FieldChange(path=path, before=before, after=after)


def _same_amount(path: str, before: Any, after: Any) -> bool:
    """1Gi is 1024Mi, and half a core is 500m."""
    above = parts(path)[-2:-1]
    if not above or above[0] not in _AMOUNTS or ABSENT in (before, after):
        return False
    try:
        return quantity.parse(str(before)) == quantity.parse(str(after))
    except ValueError:
        return False


def _says_nothing(value: Any) -> bool:
    """To Kubernetes an empty list, a null and no field at all are one. An empty object is not: an
    empty selector takes every pod."""
    return value is ABSENT or value is None or value == []


def _mappings(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[FieldChange]:
    for key in dict.fromkeys([*before, *after]):
        there, here = before.get(key, ABSENT), after.get(key, ABSENT)
        yield from _values(named(path, str(key)), str(key), there, here)


def _lists(
    path: str, key: str, before: Sequence[Any], after: Sequence[Any]
) -> Iterator[FieldChange]:
    for fields in _KEYS.get(key, (("name",),)):
        ours, theirs = _by(fields, before), _by(fields, after)
        if ours is not None and theirs is not None:
            both = ((ours, theirs), (theirs, ours))
            for name in dict.fromkeys([*ours, *theirs]):
                there, here = ours.get(name, ABSENT), theirs.get(name, ABSENT)
                yield from _values(below(path, _called(name)), "", there, here)
            orders = [[_called(name) for name in one if name in other] for one, other in both]
            if key in _ORDERED and orders[0] != orders[1]:
                yield FieldChange(path=path, before=orders[0], after=orders[1])
            return
    if key in _ORDERED and before != after and _same_items(before, after):
        yield FieldChange(path=path, before=before, after=after)
    yield from _unkeyed(path, before, after)


def _same_items(before: Sequence[Any], after: Sequence[Any]) -> bool:
    return len(before) == len(after) and all(item in after for item in before)


def _by(fields: Sequence[str], items: Sequence[Any]) -> dict[Hashable, Any] | None:
    """The items by these fields of theirs; None where they do not tell them apart."""
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


def _called(name: Any) -> str:
    return " ".join(str(each) for each in name if each is not None)


def _unkeyed(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[FieldChange]:
    """Items without a key of their own: what is on both sides is the same wherever it stands; what
    is left is one changed item, or comes and goes."""
    gone, come = list(before), list(after)
    for item in before:
        match = next((other for other in come if _same(item, other)), ABSENT)
        if match is not ABSENT:
            come.remove(match)
            gone.remove(item)
    if len(gone) == len(come) == 1 and len(before) == len(after):
        place = list(after).index(come[0])
        one, other = gone[0], come[0]
        where = f"{path}[{place}]" if isinstance(one, Mapping) else path
        yield from _values(where, "", one, other)
        return
    for item in gone:
        yield FieldChange(path=f"{path}[]", before=item, after=ABSENT)
    for item in come:
        yield FieldChange(path=f"{path}[]", before=ABSENT, after=item)


def _texts(path: str, key: str, before: str, after: str) -> Iterator[FieldChange]:
    """A text that is a document itself is compared as one."""
    if before == after:
        return
    for read in (_json, _ini) if key.endswith((".json", ".cfg", ".ini")) else ():
        there, here = read(before), read(after)
        if there is not None and here is not None:
            found = list(_mappings(path, there, here))
            if found:  # else just its layout differs
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
    """Equal, where a whole number may be written as one or as text: a port is 8080 or 8080.0, but
    true is not 1."""
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    return bool(before == after)
