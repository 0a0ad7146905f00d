"""`python -m drift`: what the cluster of a stack holds otherwise than the stack promises."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import pulumi
from rich.console import Console

from airflow_k8s.commands.drift import terminal
from airflow_k8s.commands.drift.as_json import as_json
from airflow_k8s.commands.drift.detect import detect_drift
from airflow_k8s.commands.drift.findings import Drift
from airflow_k8s.commands.drift.markdown import markdown
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.rendering.rendered_stack import render
from airflow_k8s.stack.stack_file import settings_in, stack_config, stacks

PROGRAM = Path(__file__).parents[3]


def main(arguments: list[str]) -> int:
    """Exit status: 0 no difference, 2 differences, 1 a problem that is told in one message, or
    something that could not be looked at."""
    options = _parser().parse_args(arguments)
    # Piped output is for other programs and files: no line of it is broken.
    wide = None if sys.stdout.isatty() else 10_000
    out = Console(width=wide, highlight=False, markup=False)
    err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        with err.status("rendering the stack and looking at its cluster"):
            drift = _drift(options, lambda text: err.print(text, style="dim"))
        for line in terminal.lines(drift):
            out.print(line)
        if options.markdown:
            options.markdown.write_text(markdown(drift), encoding="utf-8")
        if options.json:
            options.json.write_text(as_json(drift) + "\n", encoding="utf-8")
    except (UserError, OSError) as problem:
        err.print(f"drift: {problem}", style="red")
        return 1
    except pulumi.RunError as problem:
        err.print(f"drift: Pulumi.{options.stack}.yaml: {problem}", style="red")
        return 1
    return drift.status


def _drift(options: argparse.Namespace, notify: Callable[[str], None]) -> Drift:
    context = settings_in(stack_config(PROGRAM, options.stack), PROGRAM).cluster.context
    cluster = Cluster(None, context=context)  # never the current one
    try:
        # Never the stand-in: of another chart every object would be otherwise.
        platform = render(PROGRAM, options.stack, chart=options.chart, strict=True, notify=notify)
        return detect_drift(platform, cluster)
    finally:
        cluster.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m drift",
        description="Compares every object that a stack promises, those inside its Helm chart and"
        " the task pod included, with the live one on the stack's own cluster, field by field."
        " Changes nothing: the API server is asked by dry runs.",
    )
    parser.add_argument(
        "--stack", choices=stacks(PROGRAM), default="dev", help="which stack (%(default)s)"
    )
    parser.add_argument(
        "--chart", type=Path, help="the chart's archive or folder, instead of looking for it"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write it for an issue")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
