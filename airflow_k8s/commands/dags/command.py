"""The command `dags`: shows a stack's DAGs, tasks and pods as Airflow reads them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import Invocation, invocation
from airflow_k8s.console.options import ChartOption, DagsOption, StackArgument
from airflow_k8s.errors import UserError

if TYPE_CHECKING:
    from airflow_k8s.commands.dags.reading import Reading

Output = Literal["text", "yaml", "mermaid"]


def dags(
    ctx: typer.Context,
    stack: StackArgument,
    output: Annotated[
        Output,
        typer.Option(
            "-o", "--output", help="A text for people, the pods as YAML, or the graphs in Mermaid."
        ),
    ] = "text",
    folder: DagsOption = None,
    chart: ChartOption = None,
) -> int:
    """Read DAG files with Airflow itself, as they would run on a stack, and show each task with its
    pods. It needs no cluster."""
    from airflow_k8s.commands.dags import report

    run = invocation(ctx)
    with run.progress("loading Airflow and rendering the stack"):
        reading = _read(run, stack, folder or run.project / "dags", chart)
    if output == "yaml":
        sys.stdout.write(report.manifests(reading))
    elif output == "mermaid":
        sys.stdout.write("\n".join(report.mermaid(dag) + "\n" for dag in reading.dags))
    else:
        sys.stdout.writelines(f"{line}\n" for line in report.lines(reading))
    if output != "text":
        sys.stderr.writelines(f"{line}\n" for line in report.problems(reading))
    return ExitCode.FAILED if reading.errors or reading.warnings else ExitCode.OK


def _read(run: Invocation, stack: str, folder: Path, chart: Path | None) -> "Reading":
    from airflow_k8s.commands.dags.reader import ground, reader
    from airflow_k8s.rendering.rendered_stack import render

    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder")
    with reader(run.notify) as airflow:  # Airflow loads while the stack is rendered
        rendered = render(run.project, stack, chart=chart, notify=run.notify)
        if rendered.chart.stand_in_reason:
            run.notify(f"the pod template is that of a stand-in: {rendered.chart.stand_in_reason}")
        config_maps = [o.manifest for o in rendered.objects if o.manifest["kind"] == "ConfigMap"]
        here = ground(config_maps)
        if here is None:
            raise UserError("the stack has no facts for DAGs: the release or its facts are off")
        reading = airflow.read(folder, here)
        if not reading.dags and not reading.errors:
            raise UserError(f"no DAG was found in {folder}")
        return reading


COMMAND = Command(
    name="dags",
    run=dags,
    examples=("dags prod", "dags dev --dags ../my-dags -o mermaid"),
    exit_codes={
        ExitCode.OK: "Airflow reads every DAG file without a warning",
        ExitCode.FAILED: "a DAG file is broken or causes a warning, or error",
    },
)
