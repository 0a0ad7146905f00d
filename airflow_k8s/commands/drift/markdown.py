"""A drift as Markdown, for the issue that the nightly workflow opens."""

from collections.abc import Iterator

from airflow_k8s.commands.drift.findings import Drift, FieldDrift, Finding
from airflow_k8s.commands.drift.text import EXPLANATION, scope, short_value, state_label, summary
from airflow_k8s.console import markdown as inline

_ROOM = inline.LIMIT - 1_000  # for the findings; the rest is for the lines after them
_MAX_FIELDS = 40  # fields of one object
_MAX_NOTE = 500  # characters of a message or a list


def markdown(drift: Drift) -> str:
    """The complete drift; if it is too long, whole findings at its end are left out."""
    lines = [f"### Drift: {inline.text(summary(drift))}", "", inline.text(scope(drift)), ""]
    length = sum(map(len, lines)) + len(lines)
    blocks = [*map(_finding, drift.findings), *_unchecked(drift)]
    for number, block in enumerate(blocks):
        length += len(block) + 1
        if length > _ROOM:
            more = len(blocks) - number
            command = f"`airflow-platform drift {drift.stack} --json FILE`"
            lines.append(f"**{more} more are not shown**: {command} writes all of them.")
            break
        lines.append(block)
    if drift.unmanaged:
        names = inline.code(", ".join(drift.unmanaged)[:_MAX_NOTE])
        lines += ["", f"Unmanaged in the namespace: {names}"]
    return "\n".join(lines).rstrip() + "\n"


def _finding(finding: Finding) -> str:
    """One object: its state, and a table of its fields."""
    explanation = EXPLANATION.get(finding.state)
    suffix = f": {explanation}" if explanation else ""
    lines = [f"- {inline.code(finding.qualified_name)} {inline.text(state_label(finding))}{suffix}"]
    if finding.rejection:
        message = inline.code(finding.rejection[:_MAX_NOTE])
        lines.append(f"  the API server rejects the desired object: {message}")
    if finding.fields:
        lines += ["", "  | field | desired | live | written by |", "  | --- | --- | --- | --- |"]
        lines += [f"  | {' | '.join(_cells(field))} |" for field in finding.fields[:_MAX_FIELDS]]
        more = len(finding.fields) - _MAX_FIELDS
        if more > 0:
            lines += ["", f"  and {more} more fields"]
        lines.append("")
    return "\n".join(lines)


def _cells(field: FieldDrift) -> Iterator[str]:
    yield inline.code(field.path)
    yield inline.code(short_value(field.desired))
    yield inline.code(short_value(field.live))
    yield inline.code(field.manager) if field.manager else ""


def _unchecked(drift: Drift) -> Iterator[str]:
    for unchecked in drift.unchecked:
        reason = inline.code(unchecked.reason[:_MAX_NOTE])
        yield f"- not checked: {inline.text(unchecked.subject)}: {reason}"
