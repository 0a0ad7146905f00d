"""The command `diff`: what the checkout changes in each stack, compared with another revision."""

from typing import Annotated

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.errors import naming_stack
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import invocation
from airflow_k8s.console.options import (
    ChartOption,
    JsonOption,
    MarkdownOption,
    StacksArgument,
    StrictOption,
)


def diff(
    ctx: typer.Context,
    stacks: StacksArgument = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="REV",
            help="The git revision to compare with; without it, the common ancestor of HEAD and"
            " main.",
        ),
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="REV",
            help="The git revision that is compared; without it, the checkout with all that is not"
            " committed.",
        ),
    ] = "",
    markdown: MarkdownOption = None,
    json: JsonOption = None,
    chart: ChartOption = None,
    strict: StrictOption = False,
) -> int:
    """Compare the objects of a stack with those of another git revision, and show what the change
    means. The Helm chart's objects and the task pod are included. It needs
    no cluster, no account, no Pulumi CLI and no secret."""
    from airflow_k8s.commands.diff import as_json, difference, terminal
    from airflow_k8s.commands.diff import markdown as page
    from airflow_k8s.commands.diff.revisions import RenderOptions
    from airflow_k8s.rendering import revision

    run = invocation(ctx)
    base = base or revision.merge_base(run.project)
    options = RenderOptions(chart=chart, strict=strict, notify=run.notify)
    differences = list[difference.Difference]()
    for stack in stacks or ():
        with naming_stack(stack), run.progress(f"comparing {stack}"):
            found = difference.compare_revisions(run.project, stack, base, options, to=to)
        differences.append(found)
        if len(differences) > 1:
            run.out.print()
        for line in terminal.lines(found):
            run.out.print(line)
    if markdown:
        markdown.write_text(page.markdown(differences), encoding="utf-8")
    if json:
        json.write_text(as_json.as_json(differences) + "\n", encoding="utf-8")
    return ExitCode.OK


COMMAND = Command(
    name="diff",
    run=diff,
    examples=("diff", "diff prod --base main", "diff prod --base v1.0 --to v1.1 --markdown pr.md"),
    exit_codes={
        ExitCode.OK: "the comparison is shown, with or without differences",
        ExitCode.FAILED: "error",
    },
)
