"""A difference as a person reads it on a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from airflow_k8s.commands.diff import cost_table, presentation
from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import Severity
from airflow_k8s.commands.diff.pairs import Action, ObjectChange, by_component
from airflow_k8s.commands.diff.presentation import SharedChange
from airflow_k8s.commands.diff.values import change_lines
from airflow_k8s.console.line import Line
from airflow_k8s.console.text import clean
from airflow_k8s.kube.fields import FieldChange
from airflow_k8s.rendering.object_facts import object_facts

_MUTED = "dim"
_STYLES = {"+": "green", "-": "red", "~": "yellow", " ": _MUTED}


def lines(found: Difference) -> Iterator[RenderableType]:
    """The complete difference, to be printed in order; only the headline if nothing differs."""
    yield Text.assemble((found.stack, "bold"), f"  {presentation.headline(found)}")
    if found.stand_in_reason:
        reason = f"not the chart that the stack names: {found.stand_in_reason}"
        yield Line(Text("STAND-IN CHART  ", "bold yellow"), Text(reason, "yellow"))
    if found.is_empty:
        return
    yield from _consequences(found)
    yield from _objects(found)
    yield Text()
    yield Text("Footprint", "bold")
    yield _footprint(found)


def _consequences(found: Difference) -> Iterator[RenderableType]:
    for kind, consequences in presentation.by_kind(found.consequences):
        is_critical = kind.severity is Severity.CRITICAL
        yield Text()
        yield Text(kind.heading, "bold red" if is_critical else "bold")
        for subjects, message in presentation.by_message(consequences):
            lead = f"  {presentation.names(subjects)}  "
            yield Line(Text(lead, "red" if is_critical else "cyan"), Text(clean(message)))


def _objects(found: Difference) -> Iterator[RenderableType]:
    shared = [] if found.is_new else presentation.shared_changes(found.changes)
    if shared:
        yield Text()
        yield Text("Changes that many objects share", "bold")
        for common in shared:
            yield Line(Text(f"  {len(common.objects)} objects  ", "cyan"))
            yield from _field(common.change)
    yield Text()
    yield Text("Objects", "bold")
    for component, part, changes in by_component(found.changes):
        yield Text(f"  {component}{f', {part}' if part else ''}", "bold cyan")
        for change in changes:
            yield from _object(change, shared)


def _object(change: ObjectChange, shared: Sequence[SharedChange]) -> Iterator[RenderableType]:
    mark = presentation.MARKS[change.action]
    fields = presentation.own_fields(change, shared)
    if change.action is not Action.CHANGED:
        notes = [object_facts(change.object)]
    else:
        notes = presentation.notes(change)
        if not fields and not notes:
            notes = ["only shared changes"]
    lead = Text(f"    {mark} {change.object.qualified_name}  ", _STYLES[mark])
    yield Line(lead, Text("; ".join(notes), _MUTED))
    for field in fields:
        yield from _field(field)


def _field(field: FieldChange) -> Iterator[Line]:
    for sign, text in change_lines(field):
        yield Line(Text(f"        {sign} ", _STYLES[sign]), Text(text, _STYLES[sign]))


def _footprint(found: Difference) -> Table:
    """The totals, and the components with a changed figure."""
    table = Table(box=None, padding=(0, 0, 0, 2), header_style=_MUTED)
    table.add_column("component")
    for heading in cost_table.headings(found.prices):
        table.add_column(heading, justify="right")
    for row in cost_table.rows(found):
        if row.is_changed or row.is_total:
            figures = [cost_table.figure_text(f, is_new=found.is_new) for f in row.figures]
            table.add_row(row.name, *figures, style=None if row.is_total else _MUTED)
    return table
