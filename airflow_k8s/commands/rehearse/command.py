"""The command `rehearse`: brings a stack up where it can do no harm, and reports what happened."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import invocation
from airflow_k8s.console.options import (
    ChartOption,
    DagsOption,
    HtmlOption,
    JsonOption,
    OptionalStackArgument,
    StrictOption,
    known_stacks,
)
from airflow_k8s.console.signals import interrupt_on_sigterm


def rehearse(
    ctx: typer.Context,
    stack: OptionalStackArgument = None,
    base: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="REV",
            help="Bring up this git revision first, then upgrade it to the checkout.",
        ),
    ] = "",
    inventory: Annotated[
        Path | None,
        typer.Option(
            "--inventory",
            metavar="FILE",
            help="The description of the cluster; without it, clusters/STACK.yaml of the project.",
        ),
    ] = None,
    cluster: Annotated[
        Literal["embedded", "current"],
        typer.Option(
            "--cluster",
            help="A control plane of its own with simulated nodes, or the kubeconfig's current"
            " context. On the current context it uses only a namespace that is absent or that a"
            " rehearsal made.",
        ),
    ] = "embedded",
    html: HtmlOption = None,
    json: JsonOption = None,
    dags: DagsOption = None,
    chart: ChartOption = None,
    strict: StrictOption = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Keep the cluster at the end, and print how to reach it."),
    ] = False,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Only end the clusters that --keep kept; needs no STACK."),
    ] = False,
) -> int:
    """Bring a stack up on a real Kubernetes control plane with simulated nodes, and report what the
    API server accepts, what is scheduled and what is not. It needs no cluster, no account, no
    Pulumi CLI and no secret."""
    from airflow_k8s.commands.rehearse import embedded, session, terminal
    from airflow_k8s.commands.rehearse.as_json import as_json
    from airflow_k8s.commands.rehearse.html_report import page
    from airflow_k8s.toolchain.control_plane import find_control_plane

    interrupt_on_sigterm()
    run = invocation(ctx)
    if forget:
        embedded.delete_unused(find_control_plane(run.notify), run.notify, kept=True)
        return ExitCode.OK
    if stack is None:
        raise typer.BadParameter(f"it is missing. {known_stacks(ctx)}", param_hint="STACK")
    options = session.Options(
        project=run.project,
        stack=stack,
        base=base,
        inventory=inventory,
        cluster=cluster,
        dags=dags,
        chart=chart,
        strict=strict,
        keep=keep,
    )
    try:
        report = session.rehearse(options, run.out, run.notify)
    except KeyboardInterrupt as error:
        rest = "the cluster was to be kept" if keep else "everything was removed"
        raise KeyboardInterrupt(f"interrupted; {rest}") from error
    for line in terminal.report_lines(report):
        run.out.print(line)
    if html:
        html.write_text(page(report), encoding="utf-8")
        run.notify(f"the report is in {html}")
    if json:
        json.write_text(as_json(report) + "\n", encoding="utf-8")
    return ExitCode.FAILED if report.failed else ExitCode.OK


COMMAND = Command(
    name="rehearse",
    run=rehearse,
    examples=(
        "rehearse prod",
        "rehearse prod --from main --html rehearsal.html",
        "rehearse --forget",
    ),
    exit_codes={
        ExitCode.OK: "the stack comes up",
        ExitCode.FAILED: "the stack does not come up, or error",
    },
)
