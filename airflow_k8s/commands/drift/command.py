"""The command `drift`: what differs between a stack and its cluster."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import Invocation, invocation
from airflow_k8s.console.options import ChartOption, JsonOption, MarkdownOption, StackArgument

if TYPE_CHECKING:
    from airflow_k8s.commands.drift.findings import Drift


def drift(
    ctx: typer.Context,
    stack: StackArgument,
    markdown: MarkdownOption = None,
    json: JsonOption = None,
    chart: ChartOption = None,
) -> int:
    """Compare the objects of a stack with the live objects on its cluster, field by field. The Helm
    chart's objects and the task pod are included. It changes nothing: it uses dry
    runs of the API server."""
    from airflow_k8s.commands.drift import as_json, terminal
    from airflow_k8s.commands.drift import markdown as page

    run = invocation(ctx)
    with run.progress("rendering the stack and reading its cluster"):
        found = _drift(run, stack, chart)
    for line in terminal.lines(found):
        run.out.print(line)
    if markdown:
        markdown.write_text(page.markdown(found), encoding="utf-8")
    if json:
        json.write_text(as_json.as_json(found) + "\n", encoding="utf-8")
    return found.exit_code


def _drift(run: Invocation, stack: str, chart: Path | None) -> "Drift":
    from airflow_k8s.commands.drift.detect import detect_drift
    from airflow_k8s.kube.cluster import Cluster
    from airflow_k8s.rendering.rendered_stack import render
    from airflow_k8s.stack.stack_file import settings_in, stack_config

    context = settings_in(stack_config(run.project, stack), run.project).cluster.context
    cluster = Cluster(None, context=context)  # never the current context
    try:
        # Strict: of another chart than the stack's own every object would differ.
        rendered = render(run.project, stack, chart=chart, strict=True, notify=run.notify)
        return detect_drift(rendered, cluster)
    finally:
        cluster.close()


COMMAND = Command(
    name="drift",
    run=drift,
    examples=("drift prod", "drift prod --markdown drift.md --json drift.json"),
    exit_codes={
        ExitCode.OK: "the cluster is as the stack describes it",
        ExitCode.FAILED: "error, or an object could not be read",
        ExitCode.DRIFT: "the cluster differs, or usage error",
    },
)
