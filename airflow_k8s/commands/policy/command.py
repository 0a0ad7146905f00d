"""The command `policy`: checks stacks against the rules, without Pulumi's engine or a cluster."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.errors import naming_stack
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import Invocation, invocation
from airflow_k8s.console.options import (
    ChartOption,
    JsonOption,
    JunitOption,
    SarifOption,
    StacksArgument,
)
from airflow_k8s.errors import UserError

if TYPE_CHECKING:
    from airflow_k8s.commands.policy.outcome import Outcome


def policy(
    ctx: typer.Context,
    stacks: StacksArgument = None,
    rules: Annotated[
        bool,
        typer.Option("--rules", help="Only list the rules, and their levels in the stacks."),
    ] = False,
    sarif: SarifOption = None,
    junit: JunitOption = None,
    json: JsonOption = None,
    chart: ChartOption = None,
) -> int:
    """Check every object and pod of a stack against the rules of the policy pack. It needs no
    cluster, no account, no Pulumi CLI and no secret."""
    from airflow_k8s.commands.policy.outcome import Unjudged, failed
    from airflow_k8s.commands.policy.terminal import report_lines

    run = invocation(ctx)
    if rules:
        if sarif or junit or json:
            raise typer.BadParameter(
                "it checks nothing, so there is nothing to write into a file", param_hint="--rules"
            )
        _list_rules(stacks or (), run)
        return ExitCode.OK
    outcomes = list["Outcome"]()
    for stack in stacks or ():
        # One stack after the other: Pulumi's SDK keeps what an evaluation needs for the whole
        # process.
        with run.progress(f"checking {stack}"):
            outcome = _outcome(stack, run, chart)
        if isinstance(outcome, Unjudged):
            run.err.print(f"policy: {outcome.reason}", style="red")
        outcomes.append(outcome)
    for line in report_lines(outcomes):
        run.out.print(line)
    _write(outcomes, sarif=sarif, junit=junit, json=json)
    return ExitCode.FAILED if failed(outcomes) else ExitCode.OK


def _outcome(stack: str, run: Invocation, chart: Path | None) -> "Outcome":
    from airflow_k8s.commands.policy.outcome import Judged, Unjudged
    from airflow_k8s.policy.judging import judge
    from airflow_k8s.policy.rule import Scope
    from airflow_k8s.rendering.rendered_stack import render

    try:
        # Strict: findings in the stand-in chart say nothing about the stack's own chart.
        with naming_stack(stack):
            rendered = render(run.project, stack, chart=chart, strict=True, notify=run.notify)
    except UserError as error:
        return Unjudged(stack=stack, reason=str(error))
    scope = Scope(
        settings=rendered.settings,
        resources=rendered.evaluation.resources,
        objects=rendered.objects,
    )
    return Judged(
        stack=stack,
        verdict=judge(scope, date.today()),
        objects=len(rendered.objects),
        chart=rendered.chart.version,
    )


def _write(
    outcomes: Sequence["Outcome"], *, sarif: Path | None, junit: Path | None, json: Path | None
) -> None:
    from airflow_k8s.commands.policy.as_json import as_json
    from airflow_k8s.commands.policy.junit import as_junit
    from airflow_k8s.commands.policy.sarif import as_sarif

    if sarif:
        sarif.write_text(as_sarif(outcomes) + "\n", encoding="utf-8")
    if junit:
        as_junit(outcomes).write(str(junit), pretty=True)
    if json:
        json.write_text(as_json(outcomes) + "\n", encoding="utf-8")


def _list_rules(stacks: Sequence[str], run: Invocation) -> None:
    from airflow_k8s.commands.policy.terminal import rule_lines
    from airflow_k8s.stack.stack_file import settings_in, stack_config

    policies = {}
    for stack in stacks:
        with naming_stack(stack):
            config = stack_config(run.project, stack)
            policies[stack] = settings_in(config, run.project).policies
    for line in rule_lines(policies):
        run.out.print(line)


COMMAND = Command(
    name="policy",
    run=policy,
    examples=("policy", "policy prod --sarif policy.sarif", "policy --rules"),
    exit_codes={
        ExitCode.OK: "no mandatory rule is broken",
        ExitCode.FAILED: "a mandatory rule is broken, or error",
    },
)
