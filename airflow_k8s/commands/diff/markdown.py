"""A difference as a pull request's comment: what it comes to first, the rest folded.

What is told comes from the pull request itself, names and values alike. None of it may be more than
text on the page: no link, no mention, no end of a block.
"""

import re
from collections.abc import Iterator, Sequence

from airflow_k8s.commands.diff import presentation
from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import LOUD, Consequence
from airflow_k8s.commands.diff.pairs import ObjectChange, groups
from airflow_k8s.console import markdown as inline
from airflow_k8s.rendering.tree import facts

MOST = 60_000
"""Characters: GitHub takes 65,536 in a comment, and what else is told of a stack stands beside."""

# From all fields of all objects to none, until it fits.
_LEVELS = (None, 40, 12, 4, 0)
_ROOM = 240  # characters of one kind of consequence in the summary, about
_WORDS = 150  # characters of what is said of one


def markdown(found: Sequence[Difference]) -> str:
    """One text of all stacks, at most MOST characters long."""
    for fields in _LEVELS:
        text = "\n".join(line for each in found for line in _stack(each, fields)) + "\n"
        if len(text) <= MOST:
            return text
    cut = "\n".join(line for each in found for line in _summary(each))
    note = "\n\nThis change is too large to be told whole here: `make diff` tells all of it.\n"
    return cut[: MOST - len(note)] + note


def _stack(found: Difference, fields: int | None) -> Iterator[str]:
    yield from _summary(found)
    if not found.changes and not found.consequences:
        return
    if found.consequences:
        yield from _folded("What it means, one by one", _consequences(found.consequences))
    yield from _folded(f"Objects: {presentation.headline(found)}", _objects(found, fields))
    yield from _folded(f"Footprint: {presentation.cost(found)}", _footprint(found))


def _summary(found: Difference) -> Iterator[str]:
    yield f"### {inline.text(found.stack)}: {inline.text(presentation.headline(found))}"
    yield ""
    if found.stand_in_reason:
        yield "> [!WARNING]"
        yield f"> Stand-in chart, because {inline.text(found.stand_in_reason)}"
        yield ""
    loud = found.of(*LOUD)
    if loud:
        yield "> [!CAUTION]"
        for _, title, consequences in presentation.by_kind(loud):
            yield f"> **{title}**<br>{_told(consequences)}"
            yield ">"
        yield ""
    rows = [
        f"| {title} | {_told(consequences)} |"
        for kind, title, consequences in presentation.by_kind(found.consequences)
        if kind not in LOUD
    ]
    if rows:
        yield "| | |"
        yield "| --- | --- |"
        yield from rows
        yield ""
    if found.changes:
        yield f"{inline.text(presentation.cost(found))}"
        yield ""


def _told(found: Sequence[Consequence]) -> str:
    """What happens to what, as far as it goes on a few lines."""
    told, room = list[str](), _ROOM
    groups = presentation.alike(found)
    for subjects, words in groups:
        if room < 0:
            break
        short = words if len(words) <= _WORDS else f"{words[:_WORDS].rstrip()}…"
        told.append(
            f"{presentation.listed([inline.code(each) for each in subjects])}: {inline.text(short)}"
        )
        room -= len(told[-1])
    more = len(groups) - len(told)
    return "<br>".join(told) + (f"<br>and {more} more" if more else "")


def _names(subjects: Sequence[str]) -> str:
    return presentation.listed([inline.code(each) for each in subjects])


def _consequences(found: Sequence[Consequence]) -> Iterator[str]:
    for _, title, consequences in presentation.by_kind(found):
        yield f"**{title}**"
        yield ""
        for subjects, words in presentation.alike(consequences):
            yield f"- {_names(subjects)}: {inline.text(words)}"
        yield ""


def _objects(found: Difference, fields: int | None) -> Iterator[str]:
    common = [] if found.is_new else presentation.shared(found.changes)
    told = list[str]()
    for each in common:
        told.append(f"  the same on {len(each.objects)} objects")
        told += [f"{sign}     {text}" for sign, text in presentation.lines(each.change)]
    for component, part, changes in groups(found.changes):
        told.append(f"  {component}{f', {part}' if part else ''}")
        for change in changes:
            told += _object(change, common, fields)
    fence = _fence(told)
    yield f"{fence}diff"
    yield from (_diffed(line) for line in told)
    yield fence


def _object(
    change: ObjectChange, common: Sequence[presentation.Shared], most: int | None
) -> Iterator[str]:
    said = [facts(change.object)] if change.what != "changed" else presentation.notes(change)
    words = f"  ({'; '.join(said)})" if any(said) else ""
    yield presentation.printable(
        f"{presentation.MARKS[change.what]} {change.object.qualified_name}{words}"
    )
    told = [
        line for field in presentation.own(change, common) for line in presentation.lines(field)
    ]
    for sign, text in told[:most]:
        yield f"{sign}     {text}"
    if most is not None and len(told) > most:
        yield f"      … {len(told) - most} more lines; `make diff` tells them all"


def _diffed(line: str) -> str:
    """GitHub colours what begins with + and -, and, in orange, with !."""
    return f"!{line[1:]}" if line.startswith("~") else line


def _footprint(found: Difference) -> Iterator[str]:
    heads = ["", *presentation.HEADS, presentation.month_head(found.prices)]
    yield f"| {' | '.join(map(inline.text, heads))} |"
    yield f"| --- |{' ---: |' * (len(heads) - 1)}"
    for row in presentation.rows(found):
        cells = [inline.text(presentation.cell(pair, is_new=found.is_new)) for pair in row.cells]
        name, *figures = [inline.text(row.name), *cells]
        bold = "**" if row.total else ""
        yield f"| {bold}{name}{bold} | {' | '.join(figures)} |"
    yield ""
    yield "Requests, at the prices in the settings `prices`; a month has 730 hours."


def _folded(title: str, inside: Iterator[str]) -> Iterator[str]:
    yield "<details>"
    yield f"<summary>{inline.html(title)}</summary>"
    yield ""
    yield from inside
    yield ""
    yield "</details>"
    yield ""


def _fence(lines: Sequence[str]) -> str:
    """Longer than any that stands in the text."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    return "`" * max(3, longest + 1)
