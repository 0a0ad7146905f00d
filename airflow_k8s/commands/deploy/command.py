"""The commands `up`, `down` and `status`: a stack on its cluster."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import Invocation, invocation
from airflow_k8s.console.options import JsonOption, StackArgument, YesOption
from airflow_k8s.console.signals import interrupt_on_sigterm

if TYPE_CHECKING:
    from airflow_k8s.commands.deploy.session import Session


def up(
    ctx: typer.Context,
    stack: StackArgument,
    yes: YesOption = False,
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh",
            help="Have Pulumi read every object first, for example after an update was killed.",
        ),
    ] = False,
    policies: Annotated[
        bool,
        typer.Option(
            "--policies/--no-policies", help="Run the policy pack as part of Pulumi's preview."
        ),
    ] = True,
    diff: Annotated[
        bool,
        typer.Option("--diff/--no-diff", help="Show the output of `diff` before the preview."),
    ] = True,
) -> int:
    """Bring a stack up on the cluster that its settings name: check what an update needs, show what
    it changes, run pulumi up, and wait until Airflow is healthy."""
    from airflow_k8s.commands.deploy import up as implementation

    interrupt_on_sigterm()
    session = _session(invocation(ctx, soft_wrap=True), stack, yes=yes)
    return implementation.up(session, refresh=refresh, policies=policies, diff=diff)


def down(ctx: typer.Context, stack: StackArgument, yes: YesOption = False) -> int:
    """Take a stack down by pulumi destroy. Protected resources stay."""
    from airflow_k8s.commands.deploy import down as implementation

    interrupt_on_sigterm()
    return implementation.down(_session(invocation(ctx, soft_wrap=True), stack, yes=yes))


def status(ctx: typer.Context, stack: StackArgument, json: JsonOption = None) -> int:
    """Show the state of a stack on its cluster: its components, the runs of the last day, and the
    queues. It needs the kubeconfig, and no Pulumi CLI."""
    from airflow_k8s.commands.deploy import status as implementation
    from airflow_k8s.commands.deploy import status_view
    from airflow_k8s.commands.deploy.as_json import as_json

    interrupt_on_sigterm()
    run = invocation(ctx, soft_wrap=True)
    with run.progress(f"reading the cluster of {stack}"):
        found = implementation.status(_session(run, stack, results=False))
    for line in status_view.lines(found):
        run.out.print(line)
    if json:
        json.write_text(as_json(found) + "\n", encoding="utf-8")
    return ExitCode.FAILED if found.problems else ExitCode.OK


def _session(run: Invocation, stack: str, *, yes: bool = False, results: bool = True) -> "Session":
    """What the implementation needs; it prints on standard error where `results` is False."""
    from airflow_k8s.commands.deploy.session import Session

    return Session(
        program=run.project,
        stack=stack,
        out=run.out if results else run.err,
        yes=yes,
        terminal=sys.stdin.isatty() and sys.stdout.isatty(),
    )


UP = Command(
    name="up",
    run=up,
    examples=("up dev", "up prod --yes", "up prod --refresh"),
    exit_codes={
        ExitCode.OK: "the stack is up and Airflow is healthy",
        ExitCode.FAILED: "nothing was changed, or the update failed",
    },
)
DOWN = Command(
    name="down",
    run=down,
    examples=("down dev", "down prod --yes"),
    exit_codes={ExitCode.OK: "the stack is down", ExitCode.FAILED: "the stack is not down"},
)
STATUS = Command(
    name="status",
    run=status,
    examples=("status prod", "status prod --json status.json"),
    exit_codes={
        ExitCode.OK: "the stack is healthy",
        ExitCode.FAILED: "something is wrong, or the cluster can't be read",
    },
)
