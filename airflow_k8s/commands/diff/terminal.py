"""A difference as a person reads it on a terminal."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from airflow_k8s.commands.diff import presentation
from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import LOUD
from airflow_k8s.commands.diff.pairs import ObjectChange, groups
from airflow_k8s.console.line import Line
from airflow_k8s.console.text import clean
from airflow_k8s.rendering.tree import facts

_QUIET, _LOUD = "dim", "bold red"
_STYLES = {"+": "green", "-": "red", "~": "yellow", " ": _QUIET}


def lines(found: Difference) -> Iterator[Line | Text]:
    """All of it, to be printed one after the other; one line where nothing differs."""
    yield Text.assemble((found.stack, "bold"), f"  {presentation.headline(found)}")
    if found.stand_in_reason:
        because = f"not the chart that the stack names, because {found.stand_in_reason}"
        yield Line(Text("STAND-IN CHART  ", "bold yellow"), Text(because, "yellow"))
    if not found.changes and not found.consequences:
        return
    for kind, title, consequences in presentation.by_kind(found.consequences):
        yield Text()
        yield Text(title, _LOUD if kind in LOUD else "bold")
        for subjects, words in presentation.alike(consequences):
            lead = Text(f"  {presentation.listed(subjects)}  ", "red" if kind in LOUD else "cyan")
            yield Line(lead, Text(clean(words)))
    yield from _objects(found)
    yield from _footprint(found)


def _objects(found: Difference) -> Iterator[Line | Text]:
    common = [] if found.is_new else presentation.shared(found.changes)
    if common:
        yield Text()
        yield Text("The same on many objects", "bold")
        for each in common:
            yield Line(Text(f"  {len(each.objects)} objects  ", "cyan"))
            yield from _field(presentation.lines(each.change))
    yield Text()
    yield Text("Objects", "bold")
    for component, part, changes in groups(found.changes):
        yield Text(f"  {component}{f', {part}' if part else ''}", "bold cyan")
        for change in changes:
            yield from _object(change, common)


def _object(change: ObjectChange, common: Sequence[presentation.Shared]) -> Iterator[Line | Text]:
    sign = presentation.MARKS[change.what]
    told = [facts(change.object)] if change.what != "changed" else presentation.notes(change)
    lead = Text(f"    {sign} {change.object.qualified_name}  ", _STYLES[sign])
    fields = presentation.own(change, common)
    if change.what == "changed" and not fields and not told:
        told = ["only what many objects share"]
    yield Line(lead, Text("; ".join(told), _QUIET))
    for field in fields:
        yield from _field(presentation.lines(field))


def _field(told: Iterator[tuple[str, str]]) -> Iterator[Line]:
    for sign, text in told:
        yield Line(Text(f"        {sign} ", _STYLES[sign]), Text(text, _STYLES[sign]))


def _footprint(found: Difference) -> Iterator[Text]:
    rows = [row for row in presentation.rows(found) if row.changed or row.total]
    heads = [*presentation.HEADS, presentation.month_head(found.prices)]
    cells = [[presentation.cell(pair, is_new=found.is_new) for pair in row.cells] for row in rows]
    name = max(len(row.name) for row in rows)
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    yield Text()
    head = "  ".join(text.rjust(width) for text, width in zip(heads, widths, strict=True))
    yield Text.assemble(("Footprint", "bold"), " " * max(name - 7, 1), "  ", (head, _QUIET))
    for row, figures in zip(rows, cells, strict=True):
        line = "  ".join(text.rjust(width) for text, width in zip(figures, widths, strict=True))
        yield Text(f"  {row.name.ljust(max(name, 8))}  {line}", "" if row.total else _QUIET)
