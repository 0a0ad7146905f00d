"""A drift as Markdown, for the issue that a nightly look opens."""

from collections.abc import Iterator

from airflow_k8s.commands.drift.findings import Drift, Field, Finding
from airflow_k8s.commands.drift.text import MEANING, called, compared, summary, value
from airflow_k8s.console import markdown as inline

LIMIT = 65_536
"""Characters that GitHub takes in the text of an issue."""

_ROOM = LIMIT - 1_000  # for what is told at the end


def markdown(drift: Drift) -> str:
    """All of it, cut between two findings where it would be too long, which it says."""
    lines = [f"### Drift: {inline.text(summary(drift))}", "", inline.text(compared(drift)), ""]
    length = sum(map(len, lines)) + len(lines)
    blocks = [*map(_finding, drift.findings), *_unseen(drift)]
    for number, block in enumerate(blocks):
        length += len(block) + 1
        if length > _ROOM:
            left = len(blocks) - number
            lines.append(f"**{left} more are not shown here**; `python -m drift --json` has all.")
            break
        lines.append(block)
    if drift.others:
        lines += ["", f"Of others in the namespace: {inline.code(', '.join(drift.others)[:500])}"]
    return "\n".join(lines).rstrip() + "\n"


def _finding(each: Finding) -> str:
    """One block: what became of the object, and a table of its fields."""
    meaning = f": {MEANING[each.what]}" if each.what in MEANING else ""
    lines = [f"- {inline.code(each.called)} {inline.text(called(each))}{meaning}"]
    if each.words:
        lines.append(f"  the server refuses the promised one: {inline.code(each.words[:500])}")
    if each.fields:
        lines += ["", "  | field | promised | live | by |", "  | --- | --- | --- | --- |"]
        lines += [f"  | {' | '.join(_cells(field))} |" for field in each.fields[:_MOST]]
        if len(each.fields) > _MOST:
            lines += ["", f"  and {len(each.fields) - _MOST} fields more"]
        lines.append("")
    return "\n".join(lines)


_MOST = 40  # fields of one object


def _cells(each: Field) -> Iterator[str]:
    yield inline.code(each.path)
    yield inline.code(value(each.promised))
    yield inline.code(value(each.live))
    yield inline.code(each.by) if each.by else ""


def _unseen(drift: Drift) -> Iterator[str]:
    for each in drift.unseen:
        yield f"- not looked for: {inline.text(each.what)}: {inline.code(each.because[:500])}"
