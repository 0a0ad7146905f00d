"""The command `airflow-platform dev e2e`: tests the platform on a real cluster."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from airflow_k8s.console import consoles
from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.signals import interrupt_on_sigterm

if TYPE_CHECKING:
    from dev.e2e.session import Options

_IMAGE = "airflow-platform/airflow"


def e2e(
    ctx: typer.Context,
    context: Annotated[str, typer.Option(help="of the kubeconfig; default: the current one")] = "",
    airflow_image: Annotated[str, typer.Option(metavar="REPO:TAG")] = f"{_IMAGE}:e2e",
    next_airflow_image: Annotated[str, typer.Option(metavar="REPO:TAG")] = f"{_IMAGE}:e2e-next",
    tasks_image: Annotated[str, typer.Option(metavar="REPO:TAG")] = "airflow-platform/tasks:e2e",
    deployer: Annotated[
        Literal["pulumi", "rehearsal"] | None,
        typer.Option(help="what deploys the stack; default: pulumi if its CLI is on PATH"),
    ] = None,
    only: Annotated[
        str,
        typer.Option(metavar="STEP,…", help="after up only these steps, such as pipeline,kills"),
    ] = "",
    enforced: Annotated[
        bool,
        typer.Option("--enforced", help="fail if the cluster does not enforce NetworkPolicies"),
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="do not delete the stack at the end")
    ] = False,
) -> int:
    """Test the platform on a real cluster. It deploys the dev stack, runs its pipelines, deletes
    pods and changes settings while they run, takes the stack down, and prints how long each part
    took. It uses the namespaces airflow-e2e and airflow-e2e-git only, and deletes them at the end.
    The nodes must be able to pull the images."""
    from dev.e2e.program import parse_image
    from dev.e2e.session import DeployerName, Options

    del ctx
    options = Options(
        kube_context=context,
        airflow_image=parse_image(airflow_image),
        next_airflow_image=parse_image(next_airflow_image),
        tasks_image=parse_image(tasks_image),
        deployer=DeployerName(deployer) if deployer else None,
        enforced=enforced,
        keep=keep,
    )
    out = consoles.output(soft_wrap=True)
    return ExitCode.OK if run(options, only=only, out=out) else ExitCode.FAILED


def run(options: "Options", *, only: str, out: Console) -> bool:
    """Whether all steps succeeded; `only` names steps with commas between them."""
    from dev.e2e.context import NAMESPACES
    from dev.e2e.session import prepared_context
    from dev.e2e.step_runner import choose_steps, run_steps

    steps = choose_steps(only)
    interrupt_on_sigterm()
    try:
        with prepared_context(options, out) as context:
            return run_steps(steps, context, out)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(
            f"interrupted; `kubectl get ns {' '.join(NAMESPACES)}` shows what remains, and the next"
            " e2e deletes it"
        ) from error


COMMAND = Command(
    name="e2e",
    run=e2e,
    examples=("dev e2e", "dev e2e --enforced", "dev e2e --only pipeline,kills --keep"),
    exit_codes={ExitCode.OK: "all steps succeeded", ExitCode.FAILED: "a step failed, or error"},
)
