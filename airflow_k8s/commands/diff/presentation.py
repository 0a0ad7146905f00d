"""The words that every view of a difference uses. Pure."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import yaml

from airflow_k8s.commands.diff.cost import Amount, Footprint, monthly
from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import TITLES, Consequence, Kind
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.console.text import amount, cores, gibibytes
from airflow_k8s.kube.fields import ABSENT, FieldChange
from airflow_k8s.rendering.files import redacted_value
from airflow_k8s.stack.settings.cluster import Prices

MARKS: Mapping[str, str] = {"added": "+", "removed": "-", "changed": "~"}
_ALIKE = 4  # objects from which on a change that they share is told once
_DIGEST = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")
_NAMED = 8  # names of those of which the same is said
_LONG = 160  # characters of a value, past which it is shown over several lines


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A change that several objects have alike."""

    change: FieldChange
    objects: Sequence[str]


def headline(found: Difference) -> str:
    """How much differs, in one line."""
    to = f" at {found.to}" if found.to else ""
    if found.is_new:
        objects = amount(found.objects, "object")
        return f"a new stack of {objects}{to} (there was none at {found.base})"
    if not found.changes and not found.consequences:
        objects = amount(found.objects, "object")
        return f"no difference to {found.base}{to}: {objects}, all the same"
    counts = [
        f"{found.count(what)} {what}"
        for what in ("added", "changed", "removed")
        if found.count(what)
    ]
    return (
        f"{', '.join(counts) or 'no object differs'} of {found.objects}{to}, against {found.base}"
    )


def by_kind(found: Sequence[Consequence]) -> Iterator[tuple[Kind, str, list[Consequence]]]:
    """The consequences of each kind under its title, in the order of the worst first."""
    for kind, title in TITLES.items():
        mine = [each for each in found if each.kind == kind]
        if mine:
            yield kind, title, mine


def listed(subjects: Sequence[str]) -> str:
    """Names in one line, the first ones of many."""
    more = len(subjects) - _NAMED
    return ", ".join(subjects[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def alike(found: Sequence[Consequence]) -> list[tuple[list[str], str]]:
    """Subjects of which the same is said, once."""
    by_words: dict[str, list[str]] = {}
    for each in found:
        by_words.setdefault(each.words, []).append(each.subject)
    return [(subjects, words) for words, subjects in by_words.items()]


def shared(changes: Sequence[ObjectChange]) -> list[Shared]:
    """What many objects have alike, such as a label."""
    found: dict[str, Shared] = {}
    for each in changes:
        for field in each.fields:
            key = f"{field.path} {shown(field.before)} {shown(field.after)}"
            objects = found[key].objects if key in found else []
            found[key] = Shared(change=field, objects=[*objects, each.object.qualified_name])
    return [each for each in found.values() if len(each.objects) >= _ALIKE]


def own(change: ObjectChange, common: Sequence[Shared]) -> list[FieldChange]:
    """The fields of an object without what it shares with many."""
    return [
        field
        for field in change.fields
        if not any(
            field == each.change and change.object.qualified_name in each.objects for each in common
        )
    ]


def notes(change: ObjectChange) -> list[str]:
    """What an object's change is besides its fields."""
    found = list[str]()
    if change.moved and change.before and change.after:
        found.append(f"made by the {change.before.origin}, now by the {change.after.origin}")
    if change.before and change.after and change.before.protect != change.after.protect:
        found.append("protected now" if change.after.protect else "no longer protected")
    return found


def shown(value: Any) -> str:
    """A value in one line, without the text of any secret."""
    plain = redacted_value(value)
    if plain is ABSENT:
        return "(none)"
    if isinstance(plain, str):
        return printable(_DIGEST.sub(r"\1…", " ⏎ ".join(plain.splitlines()))) if plain else '""'
    return printable(json.dumps(plain, default=str, ensure_ascii=False))


def printable(line: str) -> str:
    """A line without what would steer a terminal."""
    return "".join(c for c in line if c.isprintable())


def lines(field: FieldChange) -> Iterator[tuple[str, str]]:
    """A change as lines that go (-) and come (+): of a text those that differ, with their place."""
    before, after = redacted_value(field.before), redacted_value(field.after)
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        yield " ", f"{field.path}:"
        compared = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
        for line in list(compared)[2:]:
            yield (line[0] if line[0] in "+-" else " "), f"  {printable(line[1:])}"
        return
    if before is ABSENT or after is ABSENT:
        sign, value = ("+", after) if before is ABSENT else ("-", before)
        yield from _block(sign, field.path, value)
        return
    one_line = f"{field.path}: {shown(before)} → {shown(after)}"
    if len(one_line) <= _LONG:
        yield "~", one_line
    else:
        yield from _block("-", field.path, before)
        yield from _block("+", field.path, after)


def _block(sign: str, path: str, value: Any) -> Iterator[tuple[str, str]]:
    line = f"{path}: {shown(value)}"
    if len(line) <= _LONG or not isinstance(value, (dict, list, str)):
        yield sign, line
        return
    yield sign, f"{path}:"
    text = value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False, width=100)
    for each in text.splitlines():
        yield sign, f"  {printable(each)}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the footprint: what it is, and each figure before and after."""

    name: str
    cells: Sequence[tuple[str, str]]  # as HEADS, and a month
    total: bool = False

    @property
    def changed(self) -> bool:
        """Whether a figure differs."""
        return any(before != after for before, after in self.cells)


HEADS = ("pods", "CPU", "memory, GiB", "GPUs", "volumes, GiB")


def month_head(prices: Prices) -> str:
    """The head of the column of prices."""
    return f"{prices.currency} a month"


def rows(found: Difference) -> list[Row]:
    """The footprint by component, then of the whole stack: idle, and with as many tasks as may run
    at once."""
    before, after, prices = found.before, found.after, found.prices
    told = [
        Row(
            name=name,
            cells=_cells(
                _part(before, name), _part(after, name), prices, _pods(before, name, after)
            ),
        )
        for name in dict.fromkeys([*before.components, *after.components])
    ]
    pods = (str(sum(before.pods.values())), str(sum(after.pods.values())))
    told.append(Row(name="idle", cells=_cells(before.idle, after.idle, prices, pods), total=True))
    tasks = (before.tasks or after.tasks, after.tasks)
    busy = before.running(tasks[0]), after.running(tasks[1])
    count = amount(tasks[1], "task")
    if tasks[0] != tasks[1] and not found.is_new:
        count = f"{tasks[0]} → {count}"
    name = f"with {count} running"
    cells = _cells(busy[0], busy[1], prices, ("", ""))
    if before.knows_tasks != after.knows_tasks:  # what tasks added was another sum
        cells = [(was if was == now else "?", now) for was, now in cells]
    told.append(Row(name=name, cells=cells, total=True))
    return told


def _part(side: Footprint, name: str) -> Amount:
    return side.components.get(name, Amount())


def _pods(before: Footprint, name: str, after: Footprint) -> tuple[str, str]:
    return str(before.pods.get(name, 0)), str(after.pods.get(name, 0))


def _cells(
    before: Amount, after: Amount, prices: Prices, pods: tuple[str, str]
) -> list[tuple[str, str]]:
    def both(figure: Any) -> tuple[str, str]:
        return figure(before), figure(after)

    return [
        pods,
        both(lambda a: cores(float(a.cpu))),
        both(lambda a: gibibytes(float(a.memory))),
        both(lambda a: str(a.gpus)),
        both(lambda a: gibibytes(float(a.storage))),
        both(lambda a: price(monthly(a, prices))),
    ]


def price(number: Fraction) -> str:
    """In whole units: what prices differ by from cloud to cloud is more."""
    return f"{round(number):,}"


def cost(found: Difference) -> str:
    """The price of a month in one line: idle, and with all the tasks that may run."""
    (*_, idle, busy) = rows(found)
    return (
        f"{found.prices.currency} a month: {_arrow(idle.cells[-1])} idle,"
        f" {_arrow(busy.cells[-1])} {busy.name} all the time"
    )


def _arrow(cell: tuple[str, str]) -> str:
    before, after = cell
    return after if before == after else f"{before} → {after}"


def cell(pair: tuple[str, str], *, is_new: bool) -> str:
    """A figure, with what it was where it differs."""
    return pair[1] if is_new else _arrow(pair)
