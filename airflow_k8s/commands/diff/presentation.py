"""What all views of a difference have in common. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind
from airflow_k8s.commands.diff.pairs import Action, ObjectChange
from airflow_k8s.commands.diff.values import as_line
from airflow_k8s.console.text import amount
from airflow_k8s.kube.fields import FieldChange

MARKS: Mapping[Action, str] = {Action.ADDED: "+", Action.REMOVED: "-", Action.CHANGED: "~"}
_MIN_SHARING = 4  # a change that this many objects share is shown once for all of them
_MAX_NAMED = 8  # subjects of one message that are named one by one


@dataclass(frozen=True, kw_only=True)
class SharedChange:
    """A change of a field that many objects share."""

    change: FieldChange
    objects: Sequence[str]  # kind/name


def headline(found: Difference) -> str:
    """How much differs, in one line."""
    objects = amount(found.objects, "object")
    to = f" at {found.to}" if found.to else ""
    if found.is_new:
        return f"new stack with {objects}{to} ({found.base} has no such stack)"
    if found.is_empty:
        return f"no difference from {found.base}{to} ({objects})"
    counts = [
        f"{found.count(action)} {action}"
        for action in (Action.ADDED, Action.CHANGED, Action.REMOVED)
        if found.count(action)
    ]
    return f"{', '.join(counts) or 'no changes'} ({objects}){to}, compared with {found.base}"


def by_kind(consequences: Sequence[Consequence]) -> Iterator[tuple[Kind, list[Consequence]]]:
    """The consequences of each kind, the most severe kind first."""
    for kind in Kind:
        same = [consequence for consequence in consequences if consequence.kind is kind]
        if same:
            yield kind, same


def names(subjects: Sequence[str]) -> str:
    """Names in one line; of many only the first ones."""
    more = len(subjects) - _MAX_NAMED
    return ", ".join(subjects[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def by_message(consequences: Sequence[Consequence]) -> list[tuple[list[str], str]]:
    """Each message once, after all its subjects."""
    subjects: dict[str, list[str]] = {}
    for consequence in consequences:
        subjects.setdefault(consequence.message, []).append(consequence.subject)
    return [(same, message) for message, same in subjects.items()]


def shared_changes(changes: Sequence[ObjectChange]) -> list[SharedChange]:
    """The changes of fields that many objects share, such as a label's."""
    found: dict[str, SharedChange] = {}
    for change in changes:
        for field in change.fields:
            key = f"{field.path} {as_line(field.before)} {as_line(field.after)}"
            objects = found[key].objects if key in found else []
            found[key] = SharedChange(
                change=field, objects=[*objects, change.object.qualified_name]
            )
    return [shared for shared in found.values() if len(shared.objects) >= _MIN_SHARING]


def own_fields(change: ObjectChange, shared: Sequence[SharedChange]) -> list[FieldChange]:
    """The changed fields of an object, without the changes that it shares with many."""
    name = change.object.qualified_name
    return [
        field
        for field in change.fields
        if not any(field == other.change and name in other.objects for other in shared)
    ]


def notes(change: ObjectChange) -> list[str]:
    """What changes about an object besides its fields."""
    found = list[str]()
    if change.changes_owner and change.before and change.after:
        found.append(f"from the {change.before.origin} to the {change.after.origin}")
    if change.protection_changes:
        found.append("protected now" if change.object.protect else "no longer protected")
    return found
