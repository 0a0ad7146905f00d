"""The command `airflow-platform dev e2e`: tests the platform on a real cluster."""

import signal
import sys
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from dev.e2e.context import NAMESPACES
from dev.e2e.program import parse_image
from dev.e2e.session import DeployerName, Options, prepared_context
from dev.e2e.step_runner import STEPS, choose_steps, run_steps

_IMAGE = "airflow-platform/airflow"
_PIPED_WIDTH = 140  # columns of the tables in a file or a pipe


def e2e(
    context: Annotated[str, typer.Option(help="of the kubeconfig; default: the current one")] = "",
    airflow_image: Annotated[str, typer.Option(metavar="REPO:TAG")] = f"{_IMAGE}:e2e",
    next_airflow_image: Annotated[str, typer.Option(metavar="REPO:TAG")] = f"{_IMAGE}:e2e-next",
    tasks_image: Annotated[str, typer.Option(metavar="REPO:TAG")] = "airflow-platform/tasks:e2e",
    deployer: Annotated[
        DeployerName | None,
        typer.Option(help="what deploys the stack; default: pulumi if its CLI is on PATH"),
    ] = None,
    only: Annotated[
        str, typer.Option(metavar="STEP,…", help=f"after up only some of {', '.join(STEPS)}")
    ] = "",
    enforced: Annotated[
        bool,
        typer.Option("--enforced", help="fail if the cluster does not enforce NetworkPolicies"),
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="do not delete the stack at the end")
    ] = False,
) -> None:
    """Test the platform on a real cluster.

    Deploys the dev stack, runs its pipelines, deletes pods and changes settings while they run,
    takes the stack down, and prints how long each part took. It uses the namespaces airflow-e2e and
    airflow-e2e-git only, and deletes them at the end. The nodes must be able to pull the images.

    Exit code 0: all steps succeeded. 1: a step failed.
    """
    options = Options(
        kube_context=context,
        airflow_image=parse_image(airflow_image),
        next_airflow_image=parse_image(next_airflow_image),
        tasks_image=parse_image(tasks_image),
        deployer=deployer,
        enforced=enforced,
        keep=keep,
    )
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    out = Console(highlight=False, markup=False, width=width, soft_wrap=True)
    if not run(options, only=only, out=out):
        raise typer.Exit(1)


def run(options: Options, *, only: str, out: Console) -> bool:
    """Whether all steps succeeded; `only` names steps with commas between them."""
    steps = choose_steps(only)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with prepared_context(options, out) as context:
            return run_steps(steps, context, out)
    except KeyboardInterrupt:
        out.print(
            f"interrupted; `kubectl get ns {' '.join(NAMESPACES)}` shows what remains, and the next"
            " e2e deletes it",
            style="red",
        )
        raise


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
