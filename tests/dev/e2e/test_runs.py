"""Runs that are made and waited for, with an API that is played."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from airflow_k8s.airflow_api import Api, DagRun, Try
from dev.e2e.errors import CheckError
from dev.e2e.runs import Run, Runs, until
from tests.dev.e2e.samples import tried

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class Played:
    """Tells one look after the other; the last look's tries are all there are."""

    def __init__(self, state: str, *looks: Sequence[Try]) -> None:
        self.looks = list(looks)
        self.state = state
        self.triggered: list[Any] = []

    def trigger(self, *given: Any) -> None:
        self.triggered.append(given)

    def tasks(self, _dag: str, _run: str) -> Sequence[Try]:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def tries(self, _dag: str, _run: str, task: str) -> list[Try]:
        return [each for each in self.looks[-1] if each.task == task]

    def run(self, dag: str, run: str) -> DagRun:
        state = "running" if len(self.looks) > 1 else self.state
        return DagRun(
            dag=dag,
            id=run,
            kind="manual",
            state=state,
            logical_date=NOON,
            started=at(0),
            ended=at(60),
        )


def runs(state: str, *looks: Sequence[Try]) -> tuple[Runs, Played]:
    played = Played(state, *looks)
    return Runs(api=cast(Api, played), pause=0), played


RUN = Run(dag="dag", id="run", day=NOON)


def test_each_run_has_a_day_and_a_name_of_its_own() -> None:
    made, played = runs("success", [])
    one, other = made.trigger("dag", "a", events=3), made.trigger("dag", "b")
    assert (one.id, other.id) == ("e2e-1-a", "e2e-2-b")
    assert one.day < other.day
    assert played.triggered[0] == ("dag", "e2e-1-a", one.day, {"events": 3})


def test_a_deferred_task_waited_from_when_it_was_queued_first() -> None:
    queued = replace(tried("a", 1, "queued"), queued=at(1))
    working = replace(tried("a", 1, "deferred"), queued=at(1), started=at(4))
    again = replace(tried("a", 1, "success"), queued=at(40), started=at(4), ended=at(50))
    made, _ = runs("success", [queued], [working], [again])
    made.wait(RUN)
    assert made.queues == {("dag", "a"): [3.0]}


def test_a_wait_that_nobody_saw_is_not_made_up() -> None:
    again = replace(tried("a", 1, "success"), queued=at(40), started=at(4), ended=at(50))
    made, _ = runs("success", [again])
    made.wait(RUN)
    assert made.queues == {}


def test_a_run_that_failed_is_wrong() -> None:
    made, _ = runs("failed", [tried("a", 1, "failed")])
    with pytest.raises(CheckError, match="ended as failed: a try 1: failed"):
        made.wait(RUN)


def test_a_task_that_succeeded_twice_is_wrong_though_the_run_succeeded() -> None:
    made, _ = runs("success", [tried("a", 1, "success"), tried("a", 2, "success")])
    with pytest.raises(CheckError, match="succeeded in 2 of its tries"):
        made.wait(RUN)


def test_what_does_not_come_is_given_up() -> None:
    with pytest.raises(CheckError, match="it did not happen in 0 s that it comes"):
        until(lambda: None, "it comes", patience=0, pause=0)
