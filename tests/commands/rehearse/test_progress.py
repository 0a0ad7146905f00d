"""The journal, as the threads write it and the view reads it."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from airflow_k8s.commands.rehearse.progress import Activity, Journal
from airflow_k8s.commands.rehearse.report import Phase, Step


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def step(component: str, name: str, seconds: float = 1.0) -> Step:
    return Step(component=component, kind="Job", name=name, action="created", seconds=seconds)


def only(journal: Journal) -> Activity:
    (activity,) = journal.snapshot().activities
    return activity


def test_what_was_heard_last_of_a_component_comes_last() -> None:
    journal = Journal()
    journal.begin("airflow", "Deployment", "scheduler")
    journal.begin("airflow", "Deployment", "triggerer")
    journal.waits("airflow", "Deployment", "scheduler", "0 of 2 ready")
    last = only(journal).open[-1]
    assert (last.name, last.words) == ("scheduler", "0 of 2 ready")


def test_two_changes_of_one_object_are_two() -> None:
    journal = Journal()
    for _ in ("label", "taint"):
        journal.begin("gpu", "Job", "gpu-1")
    journal.end(step("gpu", "gpu-1"))
    assert len(only(journal).open) == 1
    journal.end(step("gpu", "gpu-1"))
    assert not only(journal).open


def test_a_step_started_when_its_resource_did() -> None:
    clock = Clock()
    journal = Journal(clock)
    clock.now += 2
    journal.begin("admin", "Job", "admin")
    clock.now += 5
    journal.end(step("admin", "admin", seconds=4))
    assert [s.started for s in journal.steps()] == [2]
    assert (only(journal).begun, only(journal).last) == (2, 7)


def test_a_resource_that_was_skipped_need_not_have_begun() -> None:
    clock = Clock()
    journal = Journal(clock)
    clock.now += 3
    journal.end(step("admin", "admin", seconds=0))
    assert [s.started for s in journal.steps()] == [3]


def test_steps_come_in_the_order_of_their_start() -> None:
    clock = Clock()
    journal = Journal(clock)
    for component in ("data", "logs"):
        journal.begin(component, "Job", component)
        clock.now += 1
    for component in ("logs", "data"):
        journal.end(step(component, component))
    assert [s.component for s in journal.steps()] == ["data", "logs"]


def test_phases_are_timed() -> None:
    clock = Clock()
    journal = Journal(clock)
    with journal.phase("control plane"):
        clock.now += 7
        assert journal.snapshot().phase == "control plane"
    assert journal.phases == [Phase(name="control plane", seconds=7)]
    assert not journal.snapshot().phase


def fails(journal: Journal) -> None:
    with journal.phase("tasks"):
        raise KeyboardInterrupt


def test_a_phase_that_is_interrupted_is_timed_too() -> None:
    journal = Journal()
    with pytest.raises(KeyboardInterrupt):
        fails(journal)
    assert [p.name for p in journal.phases] == ["tasks"]


def test_an_upgrade_tells_its_own_steps_from_those_before_it() -> None:
    journal = Journal()
    for phase in ("before", "upgrade"):
        with journal.phase(phase):
            journal.begin("platform", "Job", phase)
            journal.end(step("platform", phase))
    assert [s.name for s in journal.steps("upgrade")] == ["upgrade"]
    assert [s.name for s in journal.steps()] == ["before", "upgrade"]


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads that take turns as often as they can, so that a missing lock shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("impatient")
def test_many_threads_may_write_while_another_reads() -> None:
    journal = Journal()

    def write(number: int) -> None:
        for each in range(300):
            component = f"{number}-{each}"
            journal.begin(component, "Job", "job")
            journal.waits(component, "Job", "job", "waits")
            journal.end(step(component, "job"))

    def read(_: int) -> None:
        for _ in range(100):
            journal.snapshot()
            journal.steps()

    with ThreadPoolExecutor(8) as pool:
        jobs: list[tuple[Callable[[int], None], int]] = [(write, 0), (write, 1), (read, 2)]
        for done in [pool.submit(job, number) for job, number in jobs]:
            done.result()
    assert len(journal.steps()) == 600
    assert not any(activity.open for activity in journal.snapshot().activities)
