"""Airflow as its API tells of itself."""

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
_PORT = 8080
_EVERY = 2.0  # seconds between questions


@contextmanager
def airflow(target: Target, *, patience: float) -> Generator[Api]:
    """Its API, by a port-forward to the API server; what does not answer is asked again for
    `patience` seconds."""
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
    """The parts that do not say that they are healthy, in words."""
    return [
        f"{part}: {health.get(part, 'says nothing')}"
        for part in PARTS
        if health.get(part) != "healthy"
    ]


def wait(api: Api, *, seconds: float, notify: Callable[[str], None]) -> None:
    """Returns when all of Airflow is healthy, and says what it waits for.

    Raises UserError where that takes longer."""
    latest = time.monotonic() + seconds
    told: list[str] = []
    while True:
        try:
            wrong = unhealthy(api.health())
        except CommandError as failed:
            wrong = [str(failed)]
        if not wrong:
            return
        if time.monotonic() > latest:
            raise UserError(f"Airflow is not healthy after {seconds:.0f} s: {'; '.join(wrong)}")
        if wrong != told:
            notify(f"waiting for {'; '.join(wrong)}")
            told = wrong
        time.sleep(_EVERY)
