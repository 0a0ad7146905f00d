"""Styles and small texts that the live view and the report on the terminal share."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from airflow_k8s.commands.rehearse import summary
from airflow_k8s.commands.rehearse.report import Step

GOOD, BAD, SEVERE, WARNING, QUIET = "green", "red", "bold red", "yellow", "dim"


def marked(name: str, *, failed: bool, style: str = "") -> Text:
    """A name after a green check mark or a red cross."""
    mark = ("  ✗ ", SEVERE) if failed else ("  ✓ ", GOOD)
    return Text.assemble(mark, (name, style))


def counted(steps: Sequence[Step]) -> Text:
    """The numbers of steps by action, such as 3 created, 1 refused; red if a step failed."""
    return Text(summary.counts(steps), SEVERE if any(step.failed for step in steps) else "")


def columns() -> Table:
    """A table without borders or a header, and with two blanks between its columns."""
    return Table(box=None, show_header=False, header_style="", pad_edge=False, padding=(0, 2, 0, 0))
