"""Triggering runs and waiting for them, with a simulated API."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from airflow_k8s.airflow_api import Api, DagRun, Try
from dev.e2e.errors import CheckError
from dev.e2e.runs import Run, Runs, wait_until
from tests.dev.e2e.samples import task_try

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class SimulatedApi:
    """Returns one poll after the other; the last one has all tries of all tasks."""

    def __init__(self, state: str, *polls: Sequence[Try]) -> None:
        self.polls = list(polls)
        self.state = state
        self.triggered: list[Any] = []

    def trigger(self, *arguments: Any) -> None:
        self.triggered.append(arguments)

    def tasks(self, _dag: str, _run: str) -> Sequence[Try]:
        return self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]

    def tries(self, _dag: str, _run: str, task: str) -> list[Try]:
        return [attempt for attempt in self.polls[-1] if attempt.task == task]

    def run(self, dag: str, run: str) -> DagRun:
        state = "running" if len(self.polls) > 1 else self.state
        return DagRun(
            dag=dag,
            id=run,
            kind="manual",
            state=state,
            logical_date=NOON,
            started=at(0),
            ended=at(60),
        )


def runs_with(state: str, *polls: Sequence[Try]) -> tuple[Runs, SimulatedApi]:
    api = SimulatedApi(state, *polls)
    return Runs(api=cast(Api, api), poll_seconds=0), api


RUN = Run(dag="dag", id="run", day=NOON)


def test_every_run_has_a_unique_day_and_name() -> None:
    runs, api = runs_with("success", [])
    one, other = runs.trigger("dag", "a", events=3), runs.trigger("dag", "b")
    assert (one.id, other.id) == ("e2e-1-a", "e2e-2-b")
    assert one.day < other.day
    assert api.triggered[0] == ("dag", "e2e-1-a", one.day, {"events": 3})


def test_the_queue_time_of_a_deferred_task_starts_when_it_is_first_queued() -> None:
    queued = replace(task_try("a", 1, "queued"), queued=at(1))
    working = replace(task_try("a", 1, "deferred"), queued=at(1), started=at(4))
    again = replace(task_try("a", 1, "success"), queued=at(40), started=at(4), ended=at(50))
    runs, _ = runs_with("success", [queued], [working], [again])
    runs.wait(RUN)
    assert runs.queue_seconds == {("dag", "a"): [3.0]}


def test_a_queue_time_that_no_poll_saw_is_left_out() -> None:
    again = replace(task_try("a", 1, "success"), queued=at(40), started=at(4), ended=at(50))
    runs, _ = runs_with("success", [again])
    runs.wait(RUN)
    assert runs.queue_seconds == {}


def test_a_failed_run_is_an_error() -> None:
    runs, _ = runs_with("failed", [task_try("a", 1, "failed")])
    with pytest.raises(CheckError, match="ended as failed: a try 1: failed"):
        runs.wait(RUN)


def test_a_task_that_succeeded_twice_is_an_error_although_the_run_succeeded() -> None:
    runs, _ = runs_with("success", [task_try("a", 1, "success"), task_try("a", 2, "success")])
    with pytest.raises(CheckError, match="succeeded in 2 of its tries"):
        runs.wait(RUN)


def test_waiting_ends_with_an_error_after_the_timeout() -> None:
    with pytest.raises(CheckError, match="timeout after 0 s; expected: it comes"):
        wait_until(lambda: None, "it comes", timeout_seconds=0, poll_seconds=0)
