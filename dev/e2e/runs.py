"""Triggers DAG runs, waits for them, and keeps their results for the tables at the end."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from airflow_k8s.airflow_api import Api, DagRun, Try
from dev.e2e.assertions import not_one_success
from dev.e2e.errors import CheckError, fail_if_any

T = TypeVar("T")
PIPELINE, PER_TASK = "kubernetes_pipeline", "per_task_resources"
HEAVY, LIGHT, CRUNCH = "heavy_processing", "light_processing", "crunch"
# After the start date of the DAGs, and long before any scheduled run.
_FIRST_DAY = datetime(2024, 3, 1, tzinfo=UTC)
_RUN_SECONDS = 900.0  # a run of these DAGs takes one or two minutes


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run that was triggered."""

    dag: str
    id: str
    day: datetime  # its logical date


@dataclass(frozen=True, kw_only=True)
class FinishedRun:
    """The result of a run."""

    run: Run
    state: str
    seconds: float
    tries: Sequence[Try]  # all tries of all tasks

    def tries_of(self, task: str) -> list[Try]:
        """The tries of one task."""
        return [attempt for attempt in self.tries if attempt.task == task]


@dataclass(kw_only=True)
class Runs:
    """Triggers runs and waits for their end."""

    api: Api
    poll_seconds: float = 1
    finished: list[FinishedRun] = field(default_factory=list[FinishedRun])
    triggered: list[Run] = field(default_factory=list[Run])
    queue_seconds: dict[tuple[str, str], list[float]] = field(
        default_factory=dict[tuple[str, str], list[float]]
    )
    """(DAG, task) -> the seconds from queued to running, one number for every try."""

    def trigger(self, dag: str, label: str, **conf: Any) -> Run:
        """Triggers a run with a logical date that no other run has.

        The date must be unique, because the names of the DAG's pods and files contain it.
        """
        number = len(self.triggered) + 1
        day = _FIRST_DAY + timedelta(days=number)
        run = Run(dag=dag, id=f"e2e-{number}-{label}", day=day)
        self.api.trigger(dag, run.id, day, conf)
        self.triggered.append(run)
        return run

    def wait(self, run: Run, *, timeout_seconds: float = _RUN_SECONDS) -> FinishedRun:
        """Waits for the end of a run.

        Raises CheckError unless the run and exactly one try of each task succeeded.
        """
        finished = self._wait_for_end(run, timeout_seconds)
        self.finished.append(finished)
        if finished.state != "success":
            tries = "; ".join(
                f"{attempt.task} try {attempt.number}: {attempt.state}"
                for attempt in finished.tries
            )
            raise CheckError(f"run {run.id} of {run.dag} ended as {finished.state}: {tries}")
        fail_if_any(not_one_success(finished.tries), f"run {run.id} of {run.dag}")
        return finished

    def _wait_for_end(self, run: Run, timeout_seconds: float) -> FinishedRun:
        queued: dict[tuple[str, int], datetime] = {}

        def poll() -> DagRun | None:
            _add_queue_times(queued, self.api.tasks(run.dag, run.id))
            current = self.api.run(run.dag, run.id)
            return current if current.is_finished else None

        end = wait_until(
            poll,
            f"run {run.id} of {run.dag} ends",
            timeout_seconds=timeout_seconds,
            poll_seconds=self.poll_seconds,
        )
        tasks = {attempt.task for attempt in self.api.tasks(run.dag, run.id)}
        tries = [
            attempt for task in sorted(tasks) for attempt in self.api.tries(run.dag, run.id, task)
        ]
        _add_queue_times(queued, tries)
        for attempt in tries:
            since = queued.get((attempt.task, attempt.number))
            if since and attempt.started and attempt.started >= since:
                waited = (attempt.started - since).total_seconds()
                self.queue_seconds.setdefault((run.dag, attempt.task), []).append(waited)
        seconds = (end.ended - end.started).total_seconds() if end.ended and end.started else 0.0
        return FinishedRun(run=run, state=end.state, seconds=seconds, tries=tries)


def _add_queue_times(queued: dict[tuple[str, int], datetime], tries: Sequence[Try]) -> None:
    """Adds the time at which every try was queued to `queued`; a known try keeps its time.

    A deferred task is queued a second time, and the API then reports only the second time.
    """
    for attempt in tries:
        if attempt.queued is not None:
            queued.setdefault((attempt.task, attempt.number), attempt.queued)


def wait_until(
    poll: Callable[[], T | None],
    expected: str,
    *,
    timeout_seconds: float,
    poll_seconds: float = 1,
) -> T:
    """Calls `poll` until it returns a value other than None, and returns that value.

    Raises CheckError if `timeout_seconds` have passed. `expected` is a short sentence that names
    the expected event, for the message of the error.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        found = poll()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise CheckError(f"timeout after {timeout_seconds:.0f} s; expected: {expected}")
        time.sleep(poll_seconds)
