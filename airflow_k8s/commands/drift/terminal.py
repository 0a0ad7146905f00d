"""A drift as a person reads it on a terminal."""

from collections.abc import Iterator

from rich.text import Text

from airflow_k8s.commands.drift.findings import Drift, Field, Finding
from airflow_k8s.commands.drift.text import MEANING, called, compared, summary, value
from airflow_k8s.console.line import Line
from airflow_k8s.console.text import clean

_QUIET, _BAD, _GOOD = "dim", "red", "green"


def lines(drift: Drift) -> Iterator[Line | Text]:
    """All that was found, to be printed one after the other; the verdict comes last."""
    for each in drift.findings:
        yield from _finding(each)
    for each in drift.unseen:
        yield Line(Text("! ", "yellow"), Text(f"{each.what} not looked for: {clean(each.because)}"))
    if drift.findings or drift.unseen:
        yield Text()
    if drift.others:
        yield Line(
            Text("of others in the namespace: ", _QUIET), Text(", ".join(drift.others), _QUIET)
        )
    yield Line(Text(), Text(compared(drift), _QUIET))
    style = {0: _GOOD, 1: "yellow", 2: _BAD}[drift.status]
    yield Line(Text(), Text(summary(drift), style))


def _finding(each: Finding) -> Iterator[Line]:
    yield Line(Text("✗ ", _BAD), Text.assemble((each.called, "bold"), f"  {called(each)}"))
    if each.what in MEANING:
        yield Line(Text("    "), Text(MEANING[each.what], _QUIET))
    for field in each.fields:
        yield _field(field)
    if each.words:
        yield Line(Text("    "), Text(f"the server refuses the promised one: {clean(each.words)}"))


def _field(each: Field) -> Line:
    words = Text.assemble(
        (value(each.promised), _GOOD), " → ", (value(each.live), _BAD), (_by(each), _QUIET)
    )
    return Line(Text(f"    {clean(each.path)}  "), words)


def _by(each: Field) -> str:
    return f"  by {clean(each.by)}" if each.by else ""
