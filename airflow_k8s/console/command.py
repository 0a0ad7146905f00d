"""A command as it is registered with Typer: its function, and what its `--help` shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import typer

from airflow_k8s.console.errors import handled
from airflow_k8s.console.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of airflow-platform."""

    name: str
    run: Callable[..., int]
    """Its parameters are the command's arguments and options, and `ctx`, the typer.Context.
    Its docstring is the description in `--help`. It returns the exit code."""
    examples: Sequence[str]
    """Command lines without the leading `airflow-platform`."""
    exit_codes: Mapping[ExitCode, str]
    """What each exit code means; a usage error and an interruption are added for all."""

    def add_to(self, app: typer.Typer, *, panel: str | None = None) -> None:
        """Registers the command, in a panel of the list of commands."""
        app.command(
            self.name,
            help=self.description,
            short_help=self.summary,
            epilog=self._epilog(),
            rich_help_panel=panel,
        )(handled(self.run))

    @property
    def description(self) -> str:
        """One paragraph, from the docstring of the function."""
        return " ".join((self.run.__doc__ or "").split())

    @property
    def summary(self) -> str:
        """The first sentence of the description, for the list of commands."""
        return f"{self.description.split('. ')[0].removesuffix('.')}."

    def _epilog(self) -> str:
        usage = () if ExitCode.USAGE in self.exit_codes else ((ExitCode.USAGE, "usage error"),)
        codes = [*self.exit_codes.items(), *usage, (ExitCode.INTERRUPTED, "interrupted")]
        examples = ["[bold]Examples[/bold]", *(f"  airflow-platform {e}" for e in self.examples)]
        exit_codes = ["[bold]Exit codes[/bold]", *(f"  {code:<3d}  {text}" for code, text in codes)]
        # Typer keeps the line ends of a paragraph that starts with a backspace.
        return "\n\n".join("\b\n" + "\n".join(block) for block in (examples, exit_codes))
