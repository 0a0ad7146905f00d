"""A drift as a person reads it on a terminal."""

from collections.abc import Iterator

from rich.text import Text

from airflow_k8s.commands.drift.findings import Drift, FieldDrift, Finding
from airflow_k8s.commands.drift.text import EXPLANATION, scope, short_value, state_label, summary
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.line import Line
from airflow_k8s.console.text import clean

_MUTED, _BAD, _GOOD = "dim", "red", "green"
_RESULT_STYLES = {ExitCode.OK: _GOOD, ExitCode.FAILED: "yellow", ExitCode.DRIFT: _BAD}


def lines(drift: Drift) -> Iterator[Line | Text]:
    """All findings, to be printed in order; the summary comes last."""
    for finding in drift.findings:
        yield from _finding(finding)
    for unchecked in drift.unchecked:
        message = f"{unchecked.subject} not checked: {clean(unchecked.reason)}"
        yield Line(Text("! ", "yellow"), Text(message))
    if drift.findings or drift.unchecked:
        yield Text()
    if drift.unmanaged:
        names = Text(", ".join(drift.unmanaged), _MUTED)
        yield Line(Text("unmanaged in the namespace: ", _MUTED), names)
    yield Line(Text(), Text(scope(drift), _MUTED))
    yield Line(Text(), Text(summary(drift), _RESULT_STYLES[drift.exit_code]))


def _finding(finding: Finding) -> Iterator[Line]:
    title = Text.assemble((finding.qualified_name, "bold"), f"  {state_label(finding)}")
    yield Line(Text("✗ ", _BAD), title)
    if finding.state in EXPLANATION:
        yield Line(Text("    "), Text(EXPLANATION[finding.state], _MUTED))
    for field in finding.fields:
        yield _field(field)
    if finding.rejection:
        message = f"the API server rejects the desired object: {clean(finding.rejection)}"
        yield Line(Text("    "), Text(message))


def _field(field: FieldDrift) -> Line:
    sides = Text.assemble(
        (short_value(field.desired), _GOOD), " → ", (short_value(field.live), _BAD)
    )
    if field.manager:
        sides.append(f"  by {clean(field.manager)}", _MUTED)
    return Line(Text(f"    {clean(field.path)}  "), sides)
