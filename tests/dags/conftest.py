"""Reads DAGs by Airflow, with the facts and the configuration of both stacks."""

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
sys.path.append(str(DAGS))  # Airflow does the same with the folder of a DAG bundle


@cache
def on(stack: str) -> Ground:
    """The rendered facts and executor configuration of a stack, which its DAGs depend on."""
    maps = [o.manifest for o in rendered(stack).objects if o.kind == "ConfigMap"]
    found = ground(maps)
    assert found, "the stack has no facts for its DAGs"
    return found


def on_changed(stack: str, **changes: Any) -> Ground:
    """The same with the facts for changed settings."""
    return replace(on(stack), facts=json.dumps(facts(settings_of(stack, **changes))))


@pytest.fixture(scope="session")
def airflow() -> Iterator[Reader]:
    with reader(print) as running:
        yield running


@pytest.fixture(scope="session")
def readings(airflow: Reader) -> dict[str, Reading]:
    """Name of a stack -> the DAGs of this repository as Airflow reads them there."""
    return {stack: airflow.read(DAGS, on(stack)) for stack in ("dev", "prod")}


def dag(reading: Reading, name: str) -> Dag:
    """The DAG with this name."""
    return next(d for d in reading.dags if d.name == name)


def task(reading: Reading, name: str) -> Task:
    """The task with this name in any DAG."""
    return next(t for d in reading.dags for t in d.tasks if t.name == name)


def write(folder: Path, name: str, text: str) -> Path:
    """Writes a DAG file and the platform's helper to a folder, and returns the folder."""
    folder.mkdir(exist_ok=True)
    (folder / "airflow_platform.py").write_text((DAGS / "airflow_platform.py").read_text())
    (folder / ".airflowignore").write_text((DAGS / ".airflowignore").read_text())
    (folder / name).write_text(text)
    return folder
