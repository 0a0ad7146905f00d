"""Runs of DAGs: made, waited for, and remembered for the table at the end."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from airflow_k8s.airflow_api import Api, DagRun, Try
from dev.e2e.assertions import succeeded_once
from dev.e2e.errors import CheckError, none_of

T = TypeVar("T")
PIPELINE, PER_TASK = "kubernetes_pipeline", "per_task_resources"
HEAVY, LIGHT, CRUNCH = "heavy_processing", "light_processing", "crunch"
_FIRST_DAY = datetime(2024, 3, 1, tzinfo=UTC)  # after the DAGs' start, long before a scheduled run
_PATIENCE = 900.0  # seconds; a run of these takes one or two minutes


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run that was asked for."""

    dag: str
    id: str
    day: datetime


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How it ended: every try of every task, by the API."""

    run: Run
    state: str
    seconds: float
    tries: Sequence[Try]

    def of(self, task: str) -> list[Try]:
        """The tries of one task."""
        return [each for each in self.tries if each.task == task]


@dataclass(kw_only=True)
class Runs:
    """Makes runs and waits for them."""

    api: Api
    pause: float = 1  # seconds between looks
    ended: list[Ended] = field(default_factory=list[Ended])
    begun: list[Run] = field(default_factory=list[Run])
    queues: dict[tuple[str, str], list[float]] = field(
        default_factory=dict[tuple[str, str], list[float]]
    )
    """Seconds from queued to running, by DAG and task."""

    def trigger(self, dag: str, called: str, **conf: Any) -> Run:
        """A run of its own day: the DAG's templates and files tell runs apart by it."""
        number = len(self.begun) + 1
        day = _FIRST_DAY + timedelta(days=number)
        run = Run(dag=dag, id=f"e2e-{number}-{called}", day=day)
        self.api.trigger(dag, run.id, day, conf)
        self.begun.append(run)
        return run

    def wait(self, run: Run, *, patience: float = _PATIENCE) -> Ended:
        """The run when it ended in success, each task in just one try; Wrong where it did not."""
        ended = self._end_of(run, patience)
        self.ended.append(ended)
        told = "; ".join(f"{each.task} try {each.number}: {each.state}" for each in ended.tries)
        if ended.state != "success":
            raise CheckError(f"run {run.id} of {run.dag} ended as {ended.state}: {told}")
        none_of(succeeded_once(ended.tries), f"run {run.id} of {run.dag}")
        return ended

    def _end_of(self, run: Run, patience: float) -> Ended:
        queued: dict[tuple[str, int], datetime] = {}

        def look() -> DagRun | None:
            _note(queued, self.api.tasks(run.dag, run.id))
            now = self.api.run(run.dag, run.id)
            return now if now.over else None

        what = f"run {run.id} of {run.dag} ends"
        over = until(look, what, patience=patience, pause=self.pause)
        names = {each.task for each in self.api.tasks(run.dag, run.id)}
        tries = [each for name in sorted(names) for each in self.api.tries(run.dag, run.id, name)]
        _note(queued, tries)
        for each in tries:
            since = queued.get((each.task, each.number))
            if since and each.started and each.started >= since:
                waited = (each.started - since).total_seconds()
                self.queues.setdefault((run.dag, each.task), []).append(waited)
        took = (over.ended - over.started).total_seconds() if over.ended and over.started else 0.0
        return Ended(run=run, state=over.state, seconds=took, tries=tries)


def _note(queued: dict[tuple[str, int], datetime], tries: Sequence[Try]) -> None:
    """A task that was deferred is queued a second time, and the API forgets the first."""
    for each in tries:
        if each.queued is not None:
            queued.setdefault((each.task, each.number), each.queued)


def until(look: Callable[[], T | None], what: str, *, patience: float, pause: float = 1) -> T:
    """What is found at last; Wrong where that does not come."""
    latest = time.monotonic() + patience
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > latest:
            raise CheckError(f"it did not happen in {patience:.0f} s that {what}")
        time.sleep(pause)
