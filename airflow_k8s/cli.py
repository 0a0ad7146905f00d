"""The command line: `airflow-platform COMMAND STACK [options]`.

Every command declares its options in `commands/NAME/command.py` and imports its implementation only
when it runs, so that `--help` and shell completion are fast.
"""

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from airflow_k8s import __version__
from airflow_k8s.commands.audit import command as audit
from airflow_k8s.commands.dags import command as dags
from airflow_k8s.commands.deploy import command as deploy
from airflow_k8s.commands.diff import command as diff
from airflow_k8s.commands.drift import command as drift
from airflow_k8s.commands.github import command as github
from airflow_k8s.commands.policy import command as policy
from airflow_k8s.commands.rehearse import command as rehearse
from airflow_k8s.commands.render import command as render
from airflow_k8s.console import consoles
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import PROJECT_OPTION
from airflow_k8s.console.options import known_stacks

NAME = "airflow-platform"
_CHECKOUT = Path(__file__).parents[1]

_PANELS = {
    "Before a change": (
        render.COMMAND,
        diff.COMMAND,
        rehearse.COMMAND,
        policy.COMMAND,
        audit.COMMAND,
        dags.COMMAND,
    ),
    "On the cluster": (deploy.UP, deploy.STATUS, drift.COMMAND, deploy.DOWN),
}


class DevGroup(TyperGroup):
    """The group `dev`. Its commands are in the folder dev/ of a checkout, which is not part of the
    package, so they are imported only when the group is used."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of its commands."""
        return self._commands().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; None if there is none."""
        return self._commands().get_command(ctx, cmd_name)

    def _commands(self) -> TyperGroup:
        if str(_CHECKOUT) not in sys.path:
            sys.path.insert(0, str(_CHECKOUT))
        return typer.main.get_group(importlib.import_module("dev.cli").build())


def _version(value: bool) -> None:
    if value:
        typer.echo(f"{NAME} {__version__}")
        raise typer.Exit


def _global_options(
    ctx: typer.Context,
    project: Annotated[
        Path | None,
        typer.Option(
            *PROJECT_OPTION.split("/"),
            metavar="DIR",
            envvar="AIRFLOW_PLATFORM_PROJECT",
            help="The project's folder; without it, the nearest folder upward from the current one"
            " that holds Pulumi.yaml.",
            show_envvar=False,
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help="Show the version."),
    ] = False,
) -> None:
    """Apache Airflow on Kubernetes as code: show, check, rehearse and deploy a stack."""
    del project, debug, version  # commands read them from the context
    _show_help_without_command(ctx)


def _show_help_without_command(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(ExitCode.USAGE)


def build() -> typer.Typer:
    """The command line with all its commands, in the order of use."""
    app = typer.Typer(name=NAME, rich_markup_mode="rich")
    app.callback(invoke_without_command=True)(_global_options)
    for panel, commands in _PANELS.items():
        for command in commands:
            command.add_to(app, panel=panel)
    panel = "For workflows and maintainers"
    group = typer.Typer(help="Write comments and issues on GitHub, for the workflows.")
    group.callback(invoke_without_command=True)(_show_help_without_command)
    for command in github.COMMANDS:
        command.add_to(group)
    app.add_typer(group, name="github", rich_help_panel=panel)
    if (_CHECKOUT / "dev" / "cli.py").is_file():
        group = typer.Typer(cls=DevGroup, help="Test and maintain this repository.")
        group.callback(invoke_without_command=True)(_show_help_without_command)
        app.add_typer(group, name="dev", rich_help_panel=panel)
    return app


def main(arguments: list[str]) -> int:
    """Runs a command line, without the program's name; the exit code."""
    command = typer.main.get_command(build())
    try:
        code = command.main(args=arguments, prog_name=NAME, standalone_mode=False)
    except typer.TyperException as error:
        ctx: typer.Context | None = getattr(error, "ctx", None)
        consoles.messages().print(f"{_path(ctx)}: {_message(error, ctx)}", style="red")
        consoles.messages().print(f"help: {_path(ctx)} --help")
        return ExitCode.USAGE
    return int(code or ExitCode.OK)


def _path(ctx: typer.Context | None) -> str:
    return ctx.command_path if ctx else NAME


def _message(error: typer.TyperException, ctx: typer.Context | None) -> str:
    message = error.format_message()
    parameter = getattr(error, "param", None)
    # Typer's message about a missing argument does not list the possible values.
    if ctx and message.startswith("Missing") and getattr(parameter, "metavar", "") == "STACK":
        message = f"{message} {known_stacks(ctx)}"
    return message


def run() -> None:
    """The entry point of the installed command."""
    sys.exit(main(sys.argv[1:]))
