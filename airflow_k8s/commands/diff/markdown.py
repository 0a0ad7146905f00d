"""A difference as a pull request's comment: a summary, and the details folded.

Names and values come from the pull request itself. None of them may be more than text on the page:
no link, no mention, no end of a block.
"""

import re
from collections.abc import Iterator, Sequence

from airflow_k8s.commands.diff import cost_table, presentation
from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Severity
from airflow_k8s.commands.diff.pairs import Action, ObjectChange, by_component
from airflow_k8s.commands.diff.presentation import SharedChange
from airflow_k8s.commands.diff.values import change_lines, printable
from airflow_k8s.console import markdown as inline
from airflow_k8s.rendering.object_facts import object_facts

MAX_LENGTH = 60_000
"""Characters. GitHub accepts 65,536 in a comment, which holds other reports besides this one."""

# The number of lines for each object: all, then fewer, until the comment fits.
_LINES_PER_OBJECT = (None, 40, 12, 4, 0)
_MAX_SUMMARY = 240  # characters of one kind of consequence in the summary, about
_MAX_MESSAGE = 150  # characters of one message in the summary
_COMPLETE = "`airflow-platform diff`"


def markdown(differences: Sequence[Difference]) -> str:
    """One text with all stacks, at most MAX_LENGTH characters long."""
    for limit in _LINES_PER_OBJECT:
        lines = (line for found in differences for line in _stack(found, limit))
        text = "\n".join(lines) + "\n"
        if len(text) <= MAX_LENGTH:
            return text
    summaries = "\n".join(line for found in differences for line in _summary(found))
    note = f"\n\nThis change is too large for a comment: {_COMPLETE} shows all of it.\n"
    return summaries[: MAX_LENGTH - len(note)] + note


def _stack(found: Difference, limit: int | None) -> Iterator[str]:
    """The summary and the details; `limit` is the number of lines for each object."""
    yield from _summary(found)
    if found.is_empty:
        return
    if found.consequences:
        yield from _folded("Consequences", _consequences(found.consequences))
    yield from _folded(f"Objects: {presentation.headline(found)}", _objects(found, limit))
    yield from _folded(f"Footprint: {cost_table.cost(found)}", _footprint(found))


def _summary(found: Difference) -> Iterator[str]:
    yield f"### {inline.text(found.stack)}: {inline.text(presentation.headline(found))}"
    yield ""
    if found.stand_in_reason:
        yield "> [!WARNING]"
        yield f"> Stand-in chart: {inline.text(found.stand_in_reason)}"
        yield ""
    groups = list(presentation.by_kind(found.consequences))
    critical = [group for group in groups if group[0].severity is Severity.CRITICAL]
    if critical:
        yield "> [!CAUTION]"
        for kind, consequences in critical:
            yield f"> **{kind.heading}**<br>{_short(consequences)}"
            yield ">"
        yield ""
    yield from _summary_table([group for group in groups if group not in critical])
    if found.changes:
        yield inline.text(cost_table.cost(found))
        yield ""


def _summary_table(groups: Sequence[tuple[Kind, list[Consequence]]]) -> Iterator[str]:
    if groups:
        yield "| consequence | what happens |"
        yield "| --- | --- |"
        for kind, consequences in groups:
            yield f"| {kind.heading} | {_short(consequences)} |"
        yield ""


def _short(consequences: Sequence[Consequence]) -> str:
    """Subjects and messages, cut to a few lines."""
    lines, room = list[str](), _MAX_SUMMARY
    messages = presentation.by_message(consequences)
    for subjects, message in messages:
        if room < 0:
            break
        short = message if len(message) <= _MAX_MESSAGE else f"{message[:_MAX_MESSAGE].rstrip()}…"
        lines.append(f"{_names(subjects)}: {inline.text(short)}")
        room -= len(lines[-1])
    more = len(messages) - len(lines)
    return "<br>".join(lines) + (f"<br>and {more} more" if more else "")


def _names(subjects: Sequence[str]) -> str:
    return presentation.names([inline.code(subject) for subject in subjects])


def _consequences(consequences: Sequence[Consequence]) -> Iterator[str]:
    for kind, same in presentation.by_kind(consequences):
        yield f"**{kind.heading}**"
        yield ""
        for subjects, message in presentation.by_message(same):
            yield f"- {_names(subjects)}: {inline.text(message)}"
        yield ""


def _objects(found: Difference, limit: int | None) -> Iterator[str]:
    shared = [] if found.is_new else presentation.shared_changes(found.changes)
    lines = list[str]()
    for common in shared:
        lines.append(f"  shared by {len(common.objects)} objects")
        lines += [f"{sign}     {text}" for sign, text in change_lines(common.change)]
    for component, part, changes in by_component(found.changes):
        lines.append(f"  {component}{f', {part}' if part else ''}")
        for change in changes:
            lines += _object(change, shared, limit)
    fence = _fence(lines)
    yield f"{fence}diff"
    yield from (_coloured(line) for line in lines)
    yield fence


def _object(
    change: ObjectChange, shared: Sequence[SharedChange], limit: int | None
) -> Iterator[str]:
    is_changed = change.action is Action.CHANGED
    notes = "; ".join(presentation.notes(change) if is_changed else [object_facts(change.object)])
    suffix = f"  ({notes})" if notes else ""
    mark = presentation.MARKS[change.action]
    yield printable(f"{mark} {change.object.qualified_name}{suffix}")
    lines = [
        line for field in presentation.own_fields(change, shared) for line in change_lines(field)
    ]
    for sign, text in lines[:limit]:
        yield f"{sign}     {text}"
    if limit is not None and len(lines) > limit:
        yield f"      … {len(lines) - limit} more lines: {_COMPLETE} shows all"


def _coloured(line: str) -> str:
    """GitHub colours lines of a diff that begin with + and -, and those with ! in orange."""
    return f"!{line[1:]}" if line.startswith("~") else line


def _footprint(found: Difference) -> Iterator[str]:
    headings = ["component", *cost_table.headings(found.prices)]
    yield f"| {' | '.join(map(inline.text, headings))} |"
    yield f"| --- |{' ---: |' * (len(headings) - 1)}"
    for row in cost_table.rows(found):
        figures = [
            inline.text(cost_table.figure_text(figure, is_new=found.is_new))
            for figure in row.figures
        ]
        bold = "**" if row.is_total else ""
        yield f"| {bold}{inline.text(row.name)}{bold} | {' | '.join(figures)} |"
    yield ""
    yield "Requests, at the prices in the setting `prices`; a month has 730 hours."


def _folded(title: str, content: Iterator[str]) -> Iterator[str]:
    yield "<details>"
    yield f"<summary>{inline.html(title)}</summary>"
    yield ""
    yield from content
    yield ""
    yield "</details>"
    yield ""


def _fence(lines: Sequence[str]) -> str:
    """A fence that is longer than any in the text."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    return "`" * max(3, longest + 1)
