"""`python -m audit`: what checkov finds in all that a stack makes, against what was accepted."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
from rich.console import Console

from airflow_k8s.commands.audit import exceptions, report
from airflow_k8s.commands.audit.count import failures, unexplained
from airflow_k8s.commands.audit.scan import scan
from airflow_k8s.commands.audit.targets import CHART, subjects
from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.checkov import find_checkov

PROGRAM = Path(__file__).parents[3]
_AT_ONCE = 2  # checkov keeps a core busy for seconds


def main(arguments: list[str]) -> int:
    """Exit status: 0 all is explained, 1 something is not, or a problem is told."""
    options = _parser().parse_args(arguments)
    # Piped output is for other programs and files: no line of it is broken.
    out = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False, markup=False)
    err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        accepted = exceptions.read()
        with err.status("rendering every stack, and asking checkov"):
            audit = _audit(options.chart, err)
    except (UserError, OSError) as problem:
        err.print(f"audit: {problem}", style="red")
        return 1
    except pulumi.RunError as problem:
        err.print(f"audit: a stack is wrong: {problem}", style="red")
        return 1
    stacks = [audited for name, audited in audit.items() if name != CHART]
    stale = exceptions.stale(accepted, [f for audited in stacks for f in failures(audited)])
    left = {
        name: found
        for name, audited in audit.items()
        if name != CHART and (found := unexplained(audited, accepted))
    }
    out.print(report.table(audit, accepted))
    for line in report.problems(left, stale):
        out.print(line)
    if options.json:
        options.json.write_text(report.as_json(audit, accepted, stale) + "\n", encoding="utf-8")
    return 1 if left or stale else 0


def _audit(chart: Path | None, err: Console) -> report.Audit:
    def notify(text: str) -> None:
        err.print(text, style="dim")

    python = find_checkov(notify)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:  # it judges while others are rendered
        running = {
            name: pool.submit(scan, python, objects)
            for name, objects in subjects(PROGRAM, chart=chart, notify=notify)
        }
        done = {name: each.result() for name, each in running.items()}
    return {name: done[name] for name in sorted(done, key=lambda name: (name != CHART, name))}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit",
        description="Runs checkov over every object of every stack, those inside the chart and the"
        " task pod included, and over the chart as it comes. Every check that a stack fails has to"
        " be accepted, with its reason, in audit/exceptions.yaml. Needs no cluster and no"
        " account, and tells nobody of what it finds.",
    )
    parser.add_argument(
        "--chart", type=Path, help="the chart's archive or folder, instead of looking for it"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="all that was found, for other programs"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
