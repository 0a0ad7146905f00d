"""`python -m render`: shows every object of a stack, before anything is touched."""

import argparse
import sys
from pathlib import Path

import pulumi
from rich.console import Console

from airflow_k8s.commands.render import images
from airflow_k8s.errors import UserError
from airflow_k8s.rendering import files, tree
from airflow_k8s.rendering.rendered_stack import RenderedStack, render
from airflow_k8s.stack.stack_file import stacks

PROGRAM = Path(__file__).parents[3]


def main(arguments: list[str]) -> int:
    """Exit status: 0 shown, 1 a problem that is told in one message."""
    options = _parser().parse_args(arguments)
    # Piped output is for other programs and files: no line of it is broken.
    wide = None if sys.stdout.isatty() else 10_000
    out = Console(width=wide, highlight=False, markup=False)
    err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        with err.status("evaluating the program and rendering its chart"):
            platform = render(
                PROGRAM,
                options.stack,
                chart=options.chart,
                strict=options.strict,
                notify=lambda text: err.print(text, style="dim"),
            )
        _show(platform, options, out, err)
    except (UserError, OSError) as problem:
        err.print(f"render: {problem}", style="red")
        return 1
    except pulumi.RunError as problem:
        err.print(f"render: Pulumi.{options.stack}.yaml: {problem}", style="red")
        return 1
    return 0


def _show(platform: RenderedStack, options: argparse.Namespace, out: Console, err: Console) -> None:
    if platform.chart.stand_in_reason:
        err.print(
            f"STAND-IN CHART: this is chart {platform.chart.version}, not"
            f" {platform.settings.chart.version}, because {platform.chart.stand_in_reason}."
            " Names and shapes differ in places.",
            style="bold yellow",
        )
    if options.output == "json":
        sys.stdout.write(files.as_json(platform) + "\n")
    elif options.output == "yaml":
        folder = options.folder or Path("build") / "render" / options.stack
        count = files.write(platform, folder)
        err.print(f"{count} manifests in {folder}, secrets left out")
    elif options.output == "images":
        sys.stdout.writelines(f"{line}\n" for line in images.lines(platform, options.mirror))
    else:
        out.print(tree.tree(platform))
        for line in tree.summary(platform):
            out.print(line)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m render",
        description="Shows every Kubernetes object that a stack makes, those inside its Helm chart"
        " and the task pod included. Needs no cluster, no account, no Pulumi CLI and no secret.",
    )
    parser.add_argument(
        "--stack", choices=stacks(PROGRAM), default="dev", help="which stack (%(default)s)"
    )
    parser.add_argument(
        "--output",
        choices=("tree", "yaml", "json", "images"),
        default="tree",
        help="a tree to read, a folder of manifests, one JSON document, or the images that its pods"
        " pull (%(default)s)",
    )
    parser.add_argument(
        "--mirror",
        metavar="REGISTRY",
        default="",
        help="with --output images: beside each what it is called in that registry or folder",
    )
    parser.add_argument("--folder", type=Path, help="where the manifests go (build/render/STACK)")
    parser.add_argument(
        "--chart", type=Path, help="the chart's archive or folder, instead of looking for it"
    )
    parser.add_argument(
        "--strict", action="store_true", help="refuse the stand-in when the chart can't be had"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
