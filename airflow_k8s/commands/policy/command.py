"""`python -m policies.check`: holds stacks to the rules, without the engine and without a cluster.

Not `python -m policies`: what stands in `__main__` is the policy pack, which the engine runs.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pulumi
from rich.console import Console

from airflow_k8s.commands.policy.as_json import as_json
from airflow_k8s.commands.policy.junit import as_junit
from airflow_k8s.commands.policy.outcome import Judged, Outcome, Unjudged, failed
from airflow_k8s.commands.policy.sarif import as_sarif
from airflow_k8s.commands.policy.terminal import report_lines, rule_lines
from airflow_k8s.errors import UserError
from airflow_k8s.policy.judging import judge
from airflow_k8s.policy.rule import Scope
from airflow_k8s.rendering.rendered_stack import render
from airflow_k8s.stack.stack_file import settings_in, stack_config, stacks

PROGRAM = Path(__file__).parents[3]


def main(arguments: list[str]) -> int:
    """Exit status: 0 no mandatory rule is broken, 1 one is, or a problem that is told in one
    message."""
    parser = _parser()
    options = parser.parse_args(arguments)
    # Piped output is for other programs and files: no line of it is broken.
    wide = None if sys.stdout.isatty() else 10_000
    out = Console(width=wide, highlight=False, markup=False)
    err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    names = list(dict.fromkeys(options.stack or stacks(PROGRAM)))
    if options.rules:
        if options.sarif or options.junit or options.json:
            parser.error("--rules judges nothing, so there is nothing to write into a file")
        return _tell_rules(names, out, err)
    outcomes: list[Outcome] = []
    for stack in names:
        # One after the other: an evaluation is set up in what Pulumi keeps for the whole process.
        with err.status(f"judging {stack}"):
            outcome = _outcome(stack, options, lambda text: err.print(text, style="dim"))
        if isinstance(outcome, Unjudged):
            err.print(f"policy: {outcome.reason}", style="red")
        outcomes.append(outcome)
    for line in report_lines(outcomes):
        out.print(line)
    try:
        _write(outcomes, options)
    except OSError as problem:
        err.print(f"policy: {problem}", style="red")
        return 1
    return 1 if failed(outcomes) else 0


def _outcome(stack: str, options: argparse.Namespace, notify: Callable[[str], None]) -> Outcome:
    try:
        # Never the stand-in: what the rules say of another chart is no answer.
        platform = render(PROGRAM, stack, chart=options.chart, strict=True, notify=notify)
    except (UserError, OSError) as problem:
        return Unjudged(stack=stack, reason=f"{stack}: {problem}")
    except pulumi.RunError as problem:
        return Unjudged(stack=stack, reason=f"Pulumi.{stack}.yaml: {problem}")
    scope = Scope(
        settings=platform.settings,
        resources=platform.evaluation.resources,
        objects=platform.objects,
    )
    return Judged(
        stack=stack,
        verdict=judge(scope, date.today()),
        objects=len(platform.objects),
        chart=platform.chart.version,
    )


def _write(outcomes: Sequence[Outcome], options: argparse.Namespace) -> None:
    if options.sarif:
        options.sarif.write_text(as_sarif(outcomes) + "\n", encoding="utf-8")
    if options.junit:
        as_junit(outcomes).write(str(options.junit), pretty=True)
    if options.json:
        options.json.write_text(as_json(outcomes) + "\n", encoding="utf-8")


def _tell_rules(names: Sequence[str], out: Console, err: Console) -> int:
    policies = {}
    for stack in names:
        try:
            policies[stack] = settings_in(stack_config(PROGRAM, stack), PROGRAM).policies
        except UserError as problem:
            err.print(f"policy: {stack}: {problem}", style="red")
            return 1
        except pulumi.RunError as problem:
            err.print(f"policy: Pulumi.{stack}.yaml: {problem}", style="red")
            return 1
    for line in rule_lines(policies):
        out.print(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m policies.check",
        description="Renders stacks and holds every object and pod to the rules. Needs no cluster,"
        " no account, no Pulumi CLI and no secret.",
    )
    parser.add_argument(
        "--stack", action="append", choices=stacks(PROGRAM), help="which stack, or several (all)"
    )
    parser.add_argument(
        "--rules", action="store_true", help="only list the rules, and their levels in the stacks"
    )
    parser.add_argument(
        "--sarif", type=Path, metavar="FILE", help="write the findings for code scanning"
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="write the rules as test results"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON")
    parser.add_argument(
        "--chart", type=Path, help="the chart's archive or folder, instead of looking for it"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
