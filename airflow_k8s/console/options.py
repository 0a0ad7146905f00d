"""The arguments and options that several commands share, so that they are the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from airflow_k8s.console.invocation import project
from airflow_k8s.console.project import stack_names


def known_stacks(ctx: typer.Context) -> str:
    """A sentence that lists the project's stacks."""
    return f"The stacks of this project: {', '.join(stack_names(project(ctx)))}"


def _complete(ctx: typer.Context, incomplete: str) -> list[str]:
    try:
        names = stack_names(project(ctx))
    except typer.BadParameter:
        return []
    return [name for name in names if name.startswith(incomplete)]


def check_stack(ctx: typer.Context, stack: str) -> str:
    """The stack; raises typer.BadParameter if the project has none of that name."""
    if not ctx.resilient_parsing and stack not in stack_names(project(ctx)):
        raise typer.BadParameter(f"there is no stack {stack}. {known_stacks(ctx)}")
    return stack


def _check_optional(ctx: typer.Context, stack: str | None) -> str | None:
    return stack if stack is None else check_stack(ctx, stack)


def _check_each(ctx: typer.Context, stacks: list[str] | None) -> list[str]:
    """The given stacks without duplicates; every stack of the project if none is given."""
    if ctx.resilient_parsing:
        return []
    chosen = dict.fromkeys(check_stack(ctx, stack) for stack in stacks or ())
    return list(chosen) or stack_names(project(ctx))


StackArgument = Annotated[
    str,
    typer.Argument(
        metavar="STACK",
        help="The stack: NAME of a file Pulumi.NAME.yaml.",
        autocompletion=_complete,
        callback=check_stack,
        show_default=False,
    ),
]
OptionalStackArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="STACK",
        help="The stack: NAME of a file Pulumi.NAME.yaml.",
        autocompletion=_complete,
        callback=_check_optional,
        show_default=False,
    ),
]
StacksArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="STACK",
        help="One stack or several; without it, every stack of the project.",
        autocompletion=_complete,
        callback=_check_each,
        show_default=False,
    ),
]

ChartOption = Annotated[
    Path | None,
    typer.Option(
        "--chart",
        metavar="PATH",
        help="Use this archive or folder as Airflow's Helm chart; do not download it.",
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option(
        "--strict", help="Fail if the chart is not available; do not use the stand-in chart."
    ),
]
JsonOption = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the complete result as JSON."),
]
MarkdownOption = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", help="Write the result as Markdown, for GitHub."),
]
HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write the result as a page of HTML."),
]
SarifOption = Annotated[
    Path | None,
    typer.Option("--sarif", metavar="FILE", help="Write the findings as SARIF, for code scanning."),
]
JunitOption = Annotated[
    Path | None,
    typer.Option("--junit", metavar="FILE", help="Write the findings as test results (JUnit)."),
]
DagsOption = Annotated[
    Path | None,
    typer.Option(
        "--dags",
        metavar="FOLDER",
        help="The folder of DAG files; without it, dags/ of the project.",
    ),
]
YesOption = Annotated[
    bool, typer.Option("--yes", help="Do not ask for confirmation, for automation.")
]
