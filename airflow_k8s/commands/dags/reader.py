"""Starts Airflow and reads DAG files with it."""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from airflow_k8s.commands.dags.reading import Reading, reading_of
from airflow_k8s.errors import UserError
from airflow_k8s.rendering.manifests import POD_TEMPLATE
from airflow_k8s.stack.settings import names
from airflow_k8s.toolchain.airflow import find_airflow

_INSIDE = Path(__file__).with_name("inside.py")
_MAX_LOG = 4000  # characters of a log in an error message
_CHART_CONFIG = f"{names.RELEASE}-config"  # the chart's ConfigMap


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The parts of a stack that its DAGs depend on, read from two ConfigMaps."""

    facts: str
    """The facts for DAGs, as JSON."""
    config: str
    """The text of airflow.cfg."""
    template: str
    """The executor's pod template, as YAML."""


def ground(config_maps: Sequence[Mapping[str, Any]]) -> Ground | None:
    """The parts from a stack's ConfigMaps. None if one of the two ConfigMaps is missing."""
    data = {found["metadata"]["name"]: found.get("data", {}) for found in config_maps}
    if not {names.DAG_FACTS, _CHART_CONFIG} <= data.keys():
        return None
    chart = data[_CHART_CONFIG]
    return Ground(
        facts=data[names.DAG_FACTS][names.DAG_FACTS_FILE],
        config=chart["airflow.cfg"],
        template=chart[POD_TEMPLATE],
    )


@dataclass(frozen=True)
class Reader:
    """A process with Airflow that reads DAG files on request."""

    _requests: IO[str]
    _responses: IO[str]
    _log: Path

    def read(self, dags: Path, ground: Ground) -> Reading:
        """Reads the DAG files in the folder `dags` as they would load on the stack of `ground`.

        Raises UserError if Airflow fails.
        """
        request = {"dags": str(dags.resolve())} | vars(ground)
        try:
            self._requests.write(json.dumps(request) + "\n")
            self._requests.flush()
            response = json.loads(self._responses.readline() or "{}")
        except BrokenPipeError:
            response = {}
        if "dags" not in response:
            message = response.get("failed") or self._log.read_text(errors="replace")[-_MAX_LOG:]
            raise UserError(f"Airflow can't read the DAGs in {dags}:\n{message.strip()}")
        return reading_of(response)


@contextmanager
def reader(notify: Callable[[str], None]) -> Generator[Reader]:
    """Starts Airflow in the background. The first request waits some seconds until it is loaded.

    It neither reads nor writes the files of an Airflow that the user has. Raises UserError if
    Airflow can't be installed.
    """
    python = find_airflow(notify)
    with tempfile.TemporaryDirectory() as home:
        inherited = {
            key: text for key, text in os.environ.items() if not key.startswith("AIRFLOW_")
        }
        settings = {"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        log = Path(home) / "log"
        with (
            log.open("w") as stderr,
            subprocess.Popen(  # noqa: S603 our own program
                [python, _INSIDE],
                env=inherited | settings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                encoding="utf-8",
            ) as process,
        ):
            if process.stdin is None or process.stdout is None:
                raise AssertionError("stdin and stdout are pipes")
            try:
                yield Reader(process.stdin, process.stdout, log)
            finally:
                process.kill()
