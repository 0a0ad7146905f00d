"""DAGs as Airflow reads them on each stack, rendered and read once."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.dags.reader import Ground, Reader, ground, reader
from airflow_k8s.commands.dags.reading import Dag, Reading, Task
from components.dag_facts import facts
from tests.conftest import PROGRAM, settings_of
from tests.rendering.conftest import rendered

DAGS = PROGRAM / "dags"
sys.path.append(str(DAGS))  # as Airflow does with the folder of a bundle


@cache
def on(stack: str) -> Ground:
    """What the stack tells its DAGs and its executor, rendered."""
    maps = [o.manifest for o in rendered(stack).objects if o.kind == "ConfigMap"]
    found = ground(maps)
    assert found, "the stack tells its DAGs nothing"
    return found


def on_changed(stack: str, **changes: Any) -> Ground:
    """The same after a change of settings that DAGs are told of."""
    return replace(on(stack), facts=json.dumps(facts(settings_of(stack, **changes))))


@pytest.fixture(scope="session")
def airflow() -> Iterator[Reader]:
    with reader(print) as running:
        yield running


@pytest.fixture(scope="session")
def readings(airflow: Reader) -> dict[str, Reading]:
    """The repository's own DAGs, on each stack."""
    return {stack: airflow.read(DAGS, on(stack)) for stack in ("dev", "prod")}


def dag(reading: Reading, name: str) -> Dag:
    """The DAG of that name."""
    return next(d for d in reading.dags if d.name == name)


def task(reading: Reading, name: str) -> Task:
    """The task of that name, whichever DAG it is in."""
    return next(t for d in reading.dags for t in d.tasks if t.name == name)


def write(folder: Path, name: str, text: str) -> Path:
    """A DAG file of the test's own, beside the platform's helper; the folder."""
    folder.mkdir(exist_ok=True)
    (folder / "airflow_platform.py").write_text((DAGS / "airflow_platform.py").read_text())
    (folder / ".airflowignore").write_text((DAGS / ".airflowignore").read_text())
    (folder / name).write_text(text)
    return folder
