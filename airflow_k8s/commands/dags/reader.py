"""Asks Airflow about DAG files."""

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
_LAST_WORDS = 4000  # characters
_CHART_CONFIG = f"{names.RELEASE}-config"  # the chart's ConfigMap


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The platform that DAGs run on, as far as Airflow reads it: texts of two ConfigMaps."""

    facts: str
    config: str
    """airflow.cfg"""
    template: str
    """The executor's pod template."""


def ground(config_maps: Sequence[Mapping[str, Any]]) -> Ground | None:
    """Of a stack's ConfigMaps; None where one of the two is missing."""
    data = {each["metadata"]["name"]: each.get("data", {}) for each in config_maps}
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
    """A running Airflow that answers questions."""

    _questions: IO[str]
    _answers: IO[str]
    _log: Path

    def read(self, dags: Path, ground: Ground) -> Reading:
        """The DAGs of a folder on that platform; UserError where Airflow itself fails."""
        question = {"dags": str(dags.resolve())} | vars(ground)
        try:
            self._questions.write(json.dumps(question) + "\n")
            self._questions.flush()
            answer = json.loads(self._answers.readline() or "{}")
        except BrokenPipeError:
            answer = {}
        if "dags" not in answer:
            told = answer.get("failed") or self._log.read_text(errors="replace")[-_LAST_WORDS:]
            raise UserError(f"Airflow can't read the DAGs in {dags}:\n{told.strip()}")
        return reading_of(answer)


@contextmanager
def reader(notify: Callable[[str], None]) -> Generator[Reader]:
    """Airflow, loaded in the background: the first answer waits for it, some seconds.

    Nothing of the user's own Airflow is read or written.

    Raises UserError where Airflow can't be installed.
    """
    python = find_airflow(notify)
    with tempfile.TemporaryDirectory() as home:
        own = {key: text for key, text in os.environ.items() if not key.startswith("AIRFLOW_")}
        settings = {"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        log = Path(home) / "said"
        with (
            log.open("w") as said,
            subprocess.Popen(  # noqa: S603 our own program
                [python, _INSIDE],
                env=own | settings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                encoding="utf-8",
            ) as running,
        ):
            if running.stdin is None or running.stdout is None:
                raise AssertionError("both are pipes")
            try:
                yield Reader(running.stdin, running.stdout, log)
            finally:
                running.kill()
