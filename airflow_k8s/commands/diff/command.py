"""`python -m diff`: what the checkout does to each stack, against another revision."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import pulumi
from rich.console import Console

from airflow_k8s.commands.diff.as_json import as_json
from airflow_k8s.commands.diff.difference import Difference, compare_revisions
from airflow_k8s.commands.diff.markdown import markdown
from airflow_k8s.commands.diff.revisions import RenderOptions
from airflow_k8s.commands.diff.terminal import lines
from airflow_k8s.errors import UserError
from airflow_k8s.rendering import revision
from airflow_k8s.stack.stack_file import stacks

PROGRAM = Path(__file__).parents[3]


def main(arguments: list[str]) -> int:
    """Exit status: 0 shown, whether or not anything differs; 1 a problem that is told in one
    message."""
    options = _parser().parse_args(arguments)
    # Piped output is for other programs and files: no line of it is broken.
    wide = None if sys.stdout.isatty() else 10_000
    out = Console(width=wide, highlight=False, markup=False)
    err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

    def notify(text: str) -> None:
        err.print(text, style="dim")

    try:
        base = options.base or revision.merge_base(PROGRAM)
        found = list[Difference]()
        for stack in dict.fromkeys(options.stack or stacks(PROGRAM)):
            with err.status(f"comparing {stack}"):
                found.append(_compared(stack, base, options, notify))
            if len(found) > 1:
                out.print()
            for line in lines(found[-1]):
                out.print(line)
        if options.markdown:
            options.markdown.write_text(markdown(found), encoding="utf-8")
        if options.json:
            options.json.write_text(as_json(found) + "\n", encoding="utf-8")
    except (UserError, OSError) as problem:
        err.print(f"diff: {problem}", style="red")
        return 1
    return 0


def _compared(
    stack: str, base: str, options: argparse.Namespace, notify: Callable[[str], None]
) -> Difference:
    try:
        rendering = RenderOptions(chart=options.chart, strict=options.strict, notify=notify)
        return compare_revisions(PROGRAM, stack, base, rendering, to=options.to)
    except UserError as problem:
        raise UserError(f"{stack}: {problem}") from problem
    except pulumi.RunError as problem:
        raise UserError(f"Pulumi.{stack}.yaml: {problem}") from problem


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m diff",
        description="Compares every object of a stack, those inside its Helm chart and the task pod"
        " included, with another revision, and tells what the change means. Needs no cluster, no"
        " account, no Pulumi CLI and no secret.",
    )
    parser.add_argument(
        "--stack", action="append", choices=stacks(PROGRAM), help="which stack, or several (all)"
    )
    parser.add_argument(
        "--base",
        metavar="REVISION",
        help="the git revision to compare with (what HEAD and main have in common)",
    )
    parser.add_argument(
        "--to", default="", metavar="REVISION", help="the other revision (the checkout as it is)"
    )
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write a pull request's comment"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON")
    parser.add_argument(
        "--chart", type=Path, help="the chart's archive or folder, instead of looking for it"
    )
    parser.add_argument(
        "--strict", action="store_true", help="refuse the stand-in when the chart can't be had"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
