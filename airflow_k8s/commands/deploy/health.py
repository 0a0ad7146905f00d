"""The health of Airflow, by its own API."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from airflow_k8s.airflow_api import Api
from airflow_k8s.commands.deploy.target import Target
from airflow_k8s.errors import UserError
from airflow_k8s.kube.port_forward import Forward
from airflow_k8s.stack.settings import names
from airflow_k8s.toolchain.command import CommandError

PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")
"""The parts whose health Airflow reports, as its API names them."""
_PORT = 8080
_INTERVAL = 2.0  # seconds between polls


@contextmanager
def airflow(target: Target, *, patience: float) -> Generator[Api]:
    """Airflow's API, by a port-forward to its API server; requests are repeated for `patience`
    seconds if it does not answer."""
    forward = Forward(
        target.kubectl,
        namespace=target.settings.namespace,
        service=f"{names.RELEASE}-api-server",
        port=_PORT,
        log=Path(target.kubectl.kubeconfig.parent) / "port-forward.log",
    )
    api = Api(forward.address, forward.close, patience=patience)
    try:
        yield api
    finally:
        api.close()
        forward.close()


def unhealthy(health: Mapping[str, str]) -> list[str]:
    """The parts of Airflow that are not healthy, as `part: status`.

    `health` is the status of each part in the answer of Airflow's API.
    """
    return [
        f"{part}: {health.get(part, 'no status')}"
        for part in PARTS
        if health.get(part) != "healthy"
    ]


def wait(api: Api, *, seconds: float, notify: Callable[[str], None]) -> None:
    """Returns when all parts of Airflow are healthy; `notify` gets what it waits for.

    Raises UserError if they are not within so many seconds.
    """
    latest = time.monotonic() + seconds
    reported: list[str] = []
    while True:
        try:
            problems = unhealthy(api.health())
        except CommandError as failed:
            problems = [str(failed)]
        if not problems:
            return
        if time.monotonic() > latest:
            raise UserError(f"Airflow is not healthy after {seconds:.0f} s: {'; '.join(problems)}")
        if problems != reported:
            notify(f"waiting for {'; '.join(problems)}")
            reported = problems
        time.sleep(_INTERVAL)
