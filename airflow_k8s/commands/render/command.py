"""The command `render`: shows every object of a stack before anything is changed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import Invocation, invocation
from airflow_k8s.console.options import ChartOption, StackArgument, StrictOption

if TYPE_CHECKING:
    from airflow_k8s.rendering.rendered_stack import RenderedStack

Output = Literal["tree", "yaml", "json", "images"]


def render(
    ctx: typer.Context,
    stack: StackArgument,
    output: Annotated[
        Output,
        typer.Option(
            "-o",
            "--output",
            help="A tree for people, a folder of manifests, one JSON document, or the images that"
            " the pods pull.",
        ),
    ] = "tree",
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            metavar="FOLDER",
            help="With -o yaml: the folder for the manifests; without it, build/render/STACK.",
        ),
    ] = None,
    mirror: Annotated[
        str,
        typer.Option(
            "--mirror",
            metavar="REGISTRY",
            help="With -o images: adds the name of each image in this registry or folder.",
        ),
    ] = "",
    chart: ChartOption = None,
    strict: StrictOption = False,
) -> int:
    """Show every Kubernetes object of a stack, with those of its Helm chart and the task pod. It
    needs no cluster, no account, no Pulumi CLI and no secret."""
    from airflow_k8s.rendering import rendered_stack

    run = invocation(ctx)
    with run.progress("evaluating the program and rendering its chart"):
        rendered = rendered_stack.render(
            run.project, stack, chart=chart, strict=strict, notify=run.notify
        )
    _warn_of_stand_in(rendered, run)
    _show(rendered, output, run, folder or Path("build") / "render" / stack, mirror)
    return ExitCode.OK


def _warn_of_stand_in(rendered: "RenderedStack", run: Invocation) -> None:
    chart = rendered.chart
    if chart.stand_in_reason:
        run.err.print(
            f"STAND-IN CHART: this is chart {chart.version}, not"
            f" {rendered.settings.chart.version}, because {chart.stand_in_reason}."
            " Names and shapes differ in places.",
            style="bold yellow",
        )


def _show(
    rendered: "RenderedStack", output: Output, run: Invocation, folder: Path, mirror: str
) -> None:
    from airflow_k8s.commands.render import images
    from airflow_k8s.rendering import files, tree

    if output == "json":
        sys.stdout.write(files.as_json(rendered) + "\n")
    elif output == "yaml":
        count = files.write(rendered, folder)
        run.err.print(f"{count} manifests in {folder}, secrets left out")
    elif output == "images":
        sys.stdout.writelines(f"{line}\n" for line in images.lines(rendered, mirror))
    else:
        run.out.print(tree.tree(rendered))
        for line in tree.summary(rendered):
            run.out.print(line)


COMMAND = Command(
    name="render",
    run=render,
    examples=("render prod", "render prod -o yaml --folder build/prod", "render dev -o json"),
    exit_codes={ExitCode.OK: "the objects are shown", ExitCode.FAILED: "error"},
)
