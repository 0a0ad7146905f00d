"""The progress that threads write and the live view reads."""

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
    (component,) = progress.snapshot().components
    return component


def test_the_resource_that_was_updated_last_comes_last() -> None:
    progress = Progress()
    progress.begin("airflow", "Deployment", "scheduler")
    progress.begin("airflow", "Deployment", "triggerer")
    progress.waits("airflow", "Deployment", "scheduler", "0 of 2 ready")
    last = only(progress).pending[-1]
    assert (last.name, last.waits_for) == ("scheduler", "0 of 2 ready")


def test_two_resources_with_the_same_name_are_counted_separately() -> None:
    progress = Progress()
    for _ in ("label", "taint"):
        progress.begin("gpu", "Job", "gpu-1")
    progress.end(step("gpu", "gpu-1"))
    assert len(only(progress).pending) == 1
    progress.end(step("gpu", "gpu-1"))
    assert not only(progress).pending


def test_a_step_has_the_start_of_its_resource() -> None:
    clock = Clock()
    progress = Progress(clock)
    clock.now += 2
    progress.begin("admin", "Job", "admin")
    clock.now += 5
    progress.end(step("admin", "admin", seconds=4))
    assert [s.started for s in progress.steps()] == [2]
    assert (only(progress).started, only(progress).last) == (2, 7)


def test_a_skipped_resource_may_end_without_a_start() -> None:
    clock = Clock()
    progress = Progress(clock)
    clock.now += 3
    progress.end(step("admin", "admin", seconds=0))
    assert [s.started for s in progress.steps()] == [3]


def test_steps_are_sorted_by_their_start() -> None:
    clock = Clock()
    progress = Progress(clock)
    for component in ("data", "logs"):
        progress.begin(component, "Job", component)
        clock.now += 1
    for component in ("logs", "data"):
        progress.end(step(component, component))
    assert [s.component for s in progress.steps()] == ["data", "logs"]


def test_a_phase_has_a_duration() -> None:
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


def test_an_interrupted_phase_has_a_duration() -> None:
    progress = Progress()
    with pytest.raises(KeyboardInterrupt):
        fails(progress)
    assert [p.name for p in progress.phases] == ["tasks"]


def test_the_steps_of_one_phase_can_be_selected() -> None:
    progress = Progress()
    for phase in ("before", "upgrade"):
        with progress.phase(phase):
            progress.begin("platform", "Job", phase)
            progress.end(step("platform", phase))
    assert [s.name for s in progress.steps("upgrade")] == ["upgrade"]
    assert [s.name for s in progress.steps()] == ["before", "upgrade"]


@pytest.fixture
def frequent_thread_switches() -> Iterator[None]:
    """Threads switch as often as possible, so that a missing lock is found."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("frequent_thread_switches")
def test_several_threads_can_write_while_another_one_reads() -> None:
    progress = Progress()

    def write(number: int) -> None:
        for index in range(300):
            component = f"{number}-{index}"
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
    assert not any(component.pending for component in progress.snapshot().components)
