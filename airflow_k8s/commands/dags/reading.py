"""Data classes for the DAGs of a folder, as Airflow reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_k8s.kube.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task and its pods."""

    name: str
    operator: str
    owner: str
    after: Sequence[str]
    """The tasks on which it depends."""
    retries: int
    retry_delay: float
    """Seconds."""
    deferrable: bool
    worker: Manifest
    """The pod that the executor starts for the task."""
    pod: Manifest | None
    """The pod that the task starts, if it is a KubernetesPodOperator."""
    note: str
    """Why `pod` differs from the pod in a run; empty if it does not."""


@dataclass(frozen=True, kw_only=True)
class Dag:
    """A DAG with its tasks, ordered by their dependencies."""

    name: str
    file: str
    schedule: str
    """Airflow's text, such as 0 0 * * *; empty if only triggers start a run."""
    start: str
    """The start date, such as 2024-01-01; empty if the DAG has none."""
    catchup: bool
    tasks: Sequence[Task]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All DAGs of a folder."""

    dags: Sequence[Dag]
    errors: Mapping[str, str]
    """File -> Airflow's message, for files that Airflow can't import."""
    warnings: Mapping[str, Sequence[str]]
    """File -> warnings of Python and Airflow, for example about a deprecation."""
    logical_date: str = ""
    """The date of the run for which templates are rendered, such as 2024-01-01."""


def reading_of(answer: Mapping[str, Any]) -> Reading:
    """Converts a response of `inside` to a Reading."""
    return Reading(
        dags=[
            Dag(**dag | {"tasks": [Task(**task) for task in dag["tasks"]]})
            for dag in answer["dags"]
        ],
        errors=answer["errors"],
        warnings=answer["warnings"],
        logical_date=answer["logical_date"],
    )
