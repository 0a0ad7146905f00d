"""What Airflow answers about DAG files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_k8s.kube.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task, and the pods that it starts."""

    name: str
    operator: str
    owner: str
    after: Sequence[str]
    """The tasks that must have succeeded."""
    retries: int
    retry_delay: float
    """Seconds."""
    deferrable: bool
    worker: Manifest
    """The executor's pod, which runs the task."""
    pod: Manifest | None
    """The pod that the task itself starts, where it is a KubernetesPodOperator."""
    note: str
    """Why `pod` is not what it will be in a run; empty where it is."""


@dataclass(frozen=True, kw_only=True)
class Dag:
    """One DAG, its tasks in an order in which they may run."""

    name: str
    file: str
    schedule: str
    """In Airflow's words, such as 0 0 * * *; empty where it waits to be triggered."""
    start: str
    """The date, such as 2024-01-01; empty where there is none."""
    catchup: bool
    tasks: Sequence[Task]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All DAGs of a folder."""

    dags: Sequence[Dag]
    errors: Mapping[str, str]
    """By file, in Airflow's words: what could not be imported."""
    warnings: Mapping[str, Sequence[str]]
    """By file: what Python and Airflow warn of, such as deprecations."""


def reading_of(answer: Mapping[str, Any]) -> Reading:
    """From what `inside` answers."""
    return Reading(
        dags=[
            Dag(**dag | {"tasks": [Task(**task) for task in dag["tasks"]]})
            for dag in answer["dags"]
        ],
        errors=answer["errors"],
        warnings=answer["warnings"],
    )
