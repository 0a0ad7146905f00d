"""The command `audit`: checkov's findings in every object, without those that are accepted."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import Invocation, invocation
from airflow_k8s.console.options import ChartOption, JsonOption, StacksArgument
from airflow_k8s.console.project import stack_names

if TYPE_CHECKING:
    from airflow_k8s.commands.audit.report import Audit

_SCANS = 2  # that run at the same time: checkov keeps a core busy for seconds


def audit(
    ctx: typer.Context,
    stacks: StacksArgument = None,
    json: JsonOption = None,
    chart: ChartOption = None,
) -> int:
    """Run checkov over every object of a stack, with those of its Helm chart and the task pod. For
    comparison, it also checks the chart with default values. Every check that a stack fails must
    be accepted, with a reason, in airflow_k8s/commands/audit/exceptions.yaml. It needs no cluster
    and no account, and sends nothing to a server."""
    from airflow_k8s.commands.audit import exceptions, report
    from airflow_k8s.commands.audit.count import failures, unexplained
    from airflow_k8s.commands.audit.targets import CHART

    run = invocation(ctx)
    accepted = exceptions.read()
    with run.progress("rendering the stacks and running checkov"):
        found = _audit(stacks or (), run, chart)
    audited = {name: objects for name, objects in found.items() if name != CHART}
    # An exception may be for a stack that was not audited.
    complete = audited.keys() == set(stack_names(run.project))
    stale = (
        exceptions.stale(accepted, [f for objects in audited.values() for f in failures(objects)])
        if complete
        else []
    )
    remaining = {
        name: failed
        for name, objects in audited.items()
        if (failed := unexplained(objects, accepted))
    }
    run.out.print(report.table(found, accepted))
    for line in report.problems(remaining, stale):
        run.out.print(line)
    if json:
        json.write_text(report.as_json(found, accepted, stale) + "\n", encoding="utf-8")
    return ExitCode.FAILED if remaining or stale else ExitCode.OK


def _audit(stacks: Sequence[str], run: Invocation, chart: Path | None) -> "Audit":
    """The findings by target, with the chart's defaults first."""
    from airflow_k8s.commands.audit import scan
    from airflow_k8s.commands.audit.targets import CHART, targets
    from airflow_k8s.toolchain import checkov

    python = checkov.find_checkov(run.notify)
    with ThreadPoolExecutor(max_workers=_SCANS) as pool:  # scans one target, renders the next
        running = {
            name: pool.submit(scan.scan, python, objects)
            for name, objects in targets(run.project, stacks, chart=chart, notify=run.notify)
        }
        done = {name: future.result() for name, future in running.items()}
    return {name: done[name] for name in sorted(done, key=lambda name: (name != CHART, name))}


COMMAND = Command(
    name="audit",
    run=audit,
    examples=("audit", "audit prod --json audit.json"),
    exit_codes={
        ExitCode.OK: "every failed check is accepted",
        ExitCode.FAILED: "a failed check is not accepted, an exception is not needed, or error",
    },
)
