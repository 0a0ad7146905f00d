"""The group `github`: the commands with which the workflows write comments and issues on GitHub.

The repository and the token come from the variables that GitHub sets for a workflow, and from
GITHUB_TOKEN.
"""

from pathlib import Path
from typing import Annotated

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode

# Without a check of the name: a workflow may run these where no project is checked out.
Stack = Annotated[str, typer.Argument(metavar="STACK", help="The stack.", show_default=False)]
Stacks = Annotated[
    list[str], typer.Argument(metavar="STACK", help="One stack or several.", show_default=False)
]


def compose(
    ctx: typer.Context,
    stack: Stack,
    diff: Annotated[
        Path, typer.Option("--diff", metavar="FILE", help="What `diff --markdown` wrote.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The comment.")],
    check: Annotated[
        list[str] | None,
        typer.Option(
            "--check",
            metavar="NAME:OUTCOME:FILE",
            help="A step of the workflow: its name, its outcome on GitHub, its output.",
        ),
    ] = None,
) -> int:
    """Compose a stack's comment on a pull request from the files that the steps of a job wrote: the
    diff, and the output of every check."""
    del ctx
    from airflow_k8s.commands.github import compose as implementation

    text = implementation.compose(stack, diff, check or ())
    output.write_text(text, encoding="utf-8")
    return ExitCode.OK


def comment(
    ctx: typer.Context,
    stacks: Stacks,
    number: Annotated[int, typer.Option("--number", help="The number of the pull request.")],
    commit: Annotated[
        str, typer.Option("--commit", metavar="SHA", help="The commit that was checked.")
    ],
    folder: Annotated[
        Path,
        typer.Option(
            "--folder",
            metavar="FOLDER",
            help="The artifacts: the folders preview-STACK and engine-STACK.",
        ),
    ],
) -> int:
    """Write or update the comments on a pull request of this repository, one for every stack. For a
    pull request from a fork use `from-fork`."""
    del ctx
    from airflow_k8s.commands.github import comment as implementation

    for stack, address in implementation.comments(stacks, number, commit, folder):
        typer.echo(f"{stack}: {address}")
    return ExitCode.OK


def from_fork(ctx: typer.Context, stacks: Stacks) -> int:
    """Write or update the comments on a pull request from a fork. The text comes from the artifacts
    of the workflow run that GitHub's event names."""
    del ctx
    from airflow_k8s.commands.github import from_fork as implementation

    for line in implementation.comments(stacks):
        typer.echo(line)
    return ExitCode.OK


def issue(
    ctx: typer.Context,
    stack: Stack,
    live: Annotated[
        Path | None,
        typer.Option("--live", metavar="FILE", help="What `drift --markdown` wrote."),
    ] = None,
    engine: Annotated[
        Path | None,
        typer.Option("--engine", metavar="FILE", help="The output of `pulumi preview --refresh`."),
    ] = None,
    gone: Annotated[
        bool, typer.Option("--gone", help="Close the issue: nothing differs any more.")
    ] = False,
) -> int:
    """Open, update or close the one issue about a stack's drift."""
    del ctx
    from airflow_k8s.commands.github import issue as implementation

    if gone:
        result = implementation.close_issue(stack)
    else:
        result = implementation.write_issue(stack, live, engine)
    typer.echo(f"{stack}: {result}")
    return ExitCode.OK


_WRITTEN = {ExitCode.OK: "written", ExitCode.FAILED: "error"}
COMMANDS = (
    Command(
        name="compose",
        run=compose,
        examples=(
            "github compose prod --diff diff.md --check Policies:failure:policies.txt"
            " -o comment.md",
        ),
        exit_codes=_WRITTEN,
    ),
    Command(
        name="comment",
        run=comment,
        examples=("github comment dev prod --number 7 --commit 3f5399a --folder build/artifacts",),
        exit_codes=_WRITTEN,
    ),
    Command(
        name="from-fork",
        run=from_fork,
        examples=("github from-fork dev prod",),
        exit_codes={ExitCode.OK: "written, or nothing to write", ExitCode.FAILED: "error"},
    ),
    Command(
        name="issue",
        run=issue,
        examples=("github issue prod --live drift.md", "github issue prod --gone"),
        exit_codes={ExitCode.OK: "written or closed", ExitCode.FAILED: "error"},
    ),
)
