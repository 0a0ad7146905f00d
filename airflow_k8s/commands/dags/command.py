"""`python -m dag_reader`: a stack's DAGs as Airflow reads them, down to the pods, on no cluster."""

import argparse
import sys
from pathlib import Path

import pulumi

from airflow_k8s.commands.dags import report
from airflow_k8s.commands.dags.reader import ground, reader
from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.errors import UserError
from airflow_k8s.rendering.rendered_stack import render
from airflow_k8s.stack.stack_file import stacks

PROGRAM = Path(__file__).parents[3]


def main(arguments: list[str]) -> int:
    """Exit status: 0 all is well, 1 a DAG file is broken or warned of, or a problem is told."""
    options = _parser().parse_args(arguments)
    try:
        reading = _read(options)
    except UserError as problem:
        _notify(f"dags: {problem}")
        return 1
    except pulumi.RunError as problem:
        _notify(f"dags: Pulumi.{options.stack}.yaml: {problem}")
        return 1
    if options.output == "yaml":
        sys.stdout.write(report.manifests(reading))
    elif options.output == "mermaid":
        sys.stdout.write("\n".join(report.mermaid(dag) + "\n" for dag in reading.dags))
    else:
        sys.stdout.writelines(f"{line}\n" for line in report.lines(reading))
    if options.output != "text":
        sys.stderr.writelines(f"{line}\n" for line in report.problems(reading))
    return 1 if reading.errors or reading.warnings else 0


def _read(options: argparse.Namespace) -> Reading:
    if not options.dags.is_dir():
        raise UserError(f"{options.dags} is no folder")
    with reader(_notify) as airflow:  # it loads while the stack is rendered
        platform = render(PROGRAM, options.stack, chart=options.chart, notify=_notify)
        if platform.chart.stand_in_reason:
            _notify(f"the pod template is that of a stand-in: {platform.chart.stand_in_reason}")
        maps = [o.manifest for o in platform.objects if o.manifest["kind"] == "ConfigMap"]
        here = ground(maps)
        if here is None:
            raise UserError("the stack has no facts for DAGs: the release or its facts are off")
        found = airflow.read(options.dags, here)
        if not found.dags and not found.errors:
            raise UserError(f"no DAG was found in {options.dags}")
        return found


def _notify(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dag_reader",
        description="Reads DAG files with Airflow itself, as they would run on a stack, and shows"
        " each task and its pods. Needs no cluster.",
    )
    parser.add_argument(
        "--stack", choices=stacks(PROGRAM), default="dev", help="which stack (%(default)s)"
    )
    parser.add_argument(
        "--dags", type=Path, metavar="FOLDER", default=PROGRAM / "dags", help="which DAGs (dags/)"
    )
    parser.add_argument(
        "--chart", type=Path, help="the chart's archive or folder, instead of looking for it"
    )
    parser.add_argument(
        "--output",
        choices=("text", "yaml", "mermaid"),
        default="text",
        help="text, the pods as YAML, or the graphs in Mermaid (%(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
