"""The progress, as the threads write it and the view reads it."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from airflow_k8s.commands.rehearse.progress import ComponentProgress, Progress
from airflow_k8s.commands.rehearse.report import Phase, Step


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def step(component: str, name: str, seconds: float = 1.0) -> Step:
    return Step(component=component, kind="Job", name=name, action="created", seconds=seconds)


def only(progress: Progress) -> ComponentProgress:
    (activity,) = progress.snapshot().activities
    return activity


def test_what_was_heard_last_of_a_component_comes_last() -> None:
    progress = Progress()
    progress.begin("airflow", "Deployment", "scheduler")
    progress.begin("airflow", "Deployment", "triggerer")
    progress.waits("airflow", "Deployment", "scheduler", "0 of 2 ready")
    last = only(progress).open[-1]
    assert (last.name, last.words) == ("scheduler", "0 of 2 ready")


def test_two_changes_of_one_object_are_two() -> None:
    progress = Progress()
    for _ in ("label", "taint"):
        progress.begin("gpu", "Job", "gpu-1")
    progress.end(step("gpu", "gpu-1"))
    assert len(only(progress).open) == 1
    progress.end(step("gpu", "gpu-1"))
    assert not only(progress).open


def test_a_step_started_when_its_resource_did() -> None:
    clock = Clock()
    progress = Progress(clock)
    clock.now += 2
    progress.begin("admin", "Job", "admin")
    clock.now += 5
    progress.end(step("admin", "admin", seconds=4))
    assert [s.started for s in progress.steps()] == [2]
    assert (only(progress).begun, only(progress).last) == (2, 7)


def test_a_resource_that_was_skipped_need_not_have_begun() -> None:
    clock = Clock()
    progress = Progress(clock)
    clock.now += 3
    progress.end(step("admin", "admin", seconds=0))
    assert [s.started for s in progress.steps()] == [3]


def test_steps_come_in_the_order_of_their_start() -> None:
    clock = Clock()
    progress = Progress(clock)
    for component in ("data", "logs"):
        progress.begin(component, "Job", component)
        clock.now += 1
    for component in ("logs", "data"):
        progress.end(step(component, component))
    assert [s.component for s in progress.steps()] == ["data", "logs"]


def test_phases_are_timed() -> None:
    clock = Clock()
    progress = Progress(clock)
    with progress.phase("control plane"):
        clock.now += 7
        assert progress.snapshot().phase == "control plane"
    assert progress.phases == [Phase(name="control plane", seconds=7)]
    assert not progress.snapshot().phase


def fails(progress: Progress) -> None:
    with progress.phase("tasks"):
        raise KeyboardInterrupt


def test_a_phase_that_is_interrupted_is_timed_too() -> None:
    progress = Progress()
    with pytest.raises(KeyboardInterrupt):
        fails(progress)
    assert [p.name for p in progress.phases] == ["tasks"]


def test_an_upgrade_tells_its_own_steps_from_those_before_it() -> None:
    progress = Progress()
    for phase in ("before", "upgrade"):
        with progress.phase(phase):
            progress.begin("platform", "Job", phase)
            progress.end(step("platform", phase))
    assert [s.name for s in progress.steps("upgrade")] == ["upgrade"]
    assert [s.name for s in progress.steps()] == ["before", "upgrade"]


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads that take turns as often as they can, so that a missing lock shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("impatient")
def test_many_threads_may_write_while_another_reads() -> None:
    progress = Progress()

    def write(number: int) -> None:
        for each in range(300):
            component = f"{number}-{each}"
            progress.begin(component, "Job", "job")
            progress.waits(component, "Job", "job", "waits")
            progress.end(step(component, "job"))

    def read(_: int) -> None:
        for _ in range(100):
            progress.snapshot()
            progress.steps()

    with ThreadPoolExecutor(8) as pool:
        jobs: list[tuple[Callable[[int], None], int]] = [(write, 0), (write, 1), (read, 2)]
        for done in [pool.submit(job, number) for job, number in jobs]:
            done.result()
    assert len(progress.steps()) == 600
    assert not any(activity.open for activity in progress.snapshot().activities)
