"""One run of a command: the project's folder and the consoles."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from airflow_k8s.console import consoles
from airflow_k8s.console.project import find_project

PROJECT_OPTION = "-C/--project"


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What every command needs beside its own options."""

    project: Path
    """The folder that holds Pulumi.yaml."""
    out: Console
    """For results."""
    err: Console
    """For progress and messages."""

    def notify(self, message: str) -> None:
        """Prints a line about the current work of the command, on standard error."""
        self.err.print(message, style="dim")

    def progress(self, message: str) -> AbstractContextManager[object]:
        """Shows a spinner with a message while the block runs. Shows nothing if there is no
        terminal."""
        return self.err.status(message)


def invocation(ctx: typer.Context, *, soft_wrap: bool = False) -> Invocation:
    """The run of the command that `ctx` belongs to. Raises typer.BadParameter as `project` does."""
    return Invocation(
        project=project(ctx),
        out=consoles.output(soft_wrap=soft_wrap),
        err=consoles.messages(),
    )


def project(ctx: typer.Context) -> Path:
    """The project's folder: the folder in the option, or the nearest one above the current folder.

    Raises typer.BadParameter if there is none.
    """
    given: Path | None = ctx.find_root().params.get("project")
    found = given if given and (given / "Pulumi.yaml").is_file() else None
    if given is None:
        found = find_project(Path.cwd())
    if found is None:
        folder = given or Path.cwd()
        above = "" if given else " and in no folder above it"
        raise typer.BadParameter(
            f"there is no Pulumi.yaml in {folder}{above}", param_hint=PROJECT_OPTION
        )
    return found.resolve()
