"""The progress of a rehearsal while it runs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

import pytest
from rich.console import Console

from airflow_k8s.commands.rehearse.live_view import PlainPrinter, frame, live
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Step
from tests.commands.rehearse.test_progress import Clock, step


def shown_live(progress: Progress, width: int = 100) -> list[str]:
    console = Console(file=StringIO(), width=width)
    with console.capture() as captured:
        console.print(frame(progress.snapshot()))
    return [" ".join(line.split()) for line in captured.get().splitlines()]


@dataclass(frozen=True)
class Running:
    """A rehearsal in which one component has ended and another one is pending."""

    progress: Progress
    clock: Clock

    def frame(self, width: int = 100) -> list[str]:
        return shown_live(self.progress, width)


@pytest.fixture
def running() -> Iterator[Running]:
    clock = Clock()
    progress = Progress(clock)
    with progress.phase("installation"):
        progress.begin("platform", "Job", "quota")
        clock.now += 1
        progress.end(step("platform", "quota"))
        progress.begin("airflow", "Release", "airflow")
        clock.now += 2.5
        yield Running(progress, clock)


def test_a_pending_component_shows_its_time_and_what_it_waits_for(running: Running) -> None:
    running.progress.waits("airflow", "Release", "airflow", "scheduler:\n 0 of 2 ready")
    phase, platform, airflow = running.frame()
    assert phase[2:] == "installation 3.5s"
    assert platform == "✓ platform 1.0s 1 created"
    assert airflow[2:] == "airflow 2.5s Release airflow: scheduler: 0 of 2 ready"


def test_the_spinner_turns(running: Running) -> None:
    before = running.frame()[-1]
    running.clock.now += 0.1
    assert running.frame()[-1][0] != before[0]


def test_a_pending_component_has_one_line(running: Running) -> None:
    running.progress.waits("airflow", "Release", "airflow", 20 * "0 of 2 ready ")
    shown = running.frame(60)
    assert len(shown) == 3
    assert shown[-1].endswith("…")


def test_the_next_phase_replaces_the_components_of_the_previous_one() -> None:
    progress = Progress(Clock())
    with progress.phase("installation"):
        progress.end(step("platform", "quota"))
    assert shown_live(progress) == ["installation 0.0s", "✓ platform 0.0s 1 created"]
    with progress.phase("tasks"):
        assert shown_live(progress) == ["installation 0.0s", "⠋ tasks 0.0s"]


def test_without_a_terminal_a_component_gets_one_line_when_it_has_ended(running: Running) -> None:
    progress, printer = running.progress, PlainPrinter()
    assert list(printer.new_lines(progress.snapshot())) == ["  platform: 1 created, 1.0s"]
    assert list(printer.new_lines(progress.snapshot())) == []
    progress.end(
        Step(component="airflow", kind="Release", name="airflow", action="refused", seconds=2.5)
    )
    assert list(printer.new_lines(progress.snapshot())) == [], "more steps may follow"
    running.clock.now += 1
    assert list(printer.new_lines(progress.snapshot())) == [
        "  airflow: 1 refused, 2.5s; refused Release airflow"
    ]


def test_a_component_that_continues_gets_another_line_for_its_later_steps(
    running: Running,
) -> None:
    progress, printer = running.progress, PlainPrinter()
    assert len(list(printer.new_lines(progress.snapshot()))) == 1
    for name in ("limits", "more"):
        progress.end(step("platform", name))
    running.clock.now += 1
    (line,) = printer.new_lines(progress.snapshot())
    assert line.startswith("  platform: 2 created")


def recorded(progress: Progress, console: Console) -> None:
    with live(progress, console), progress.phase("installation"):
        progress.begin("platform", "Job", "quota")
        progress.end(step("platform", "quota"))


def test_a_pipe_gets_plain_lines() -> None:
    out = StringIO()
    recorded(Progress(Clock()), Console(file=out))
    assert out.getvalue().splitlines() == ["  platform: 1 created, 0.0s", "installation  0.0s"]


def test_a_pipe_gets_the_line_of_a_component_while_the_phase_still_runs() -> None:
    out, progress = StringIO(), Progress()
    with live(progress, Console(file=out)), progress.phase("installation"):
        progress.end(step("platform", "quota"))
        deadline = time.monotonic() + 20
        while "platform" not in out.getvalue():
            assert time.monotonic() < deadline, "nothing was printed within 20 s"
            time.sleep(0.05)


def last_erased(text: str) -> bool:
    """Whether the last output to the terminal erases lines."""
    return text.rfind("\x1b[2K") > text.rfind("platform")


def test_the_live_lines_are_erased_before_the_report() -> None:
    out = StringIO()
    recorded(Progress(), Console(file=out, force_terminal=True, width=80))
    assert "platform" in out.getvalue()
    assert last_erased(out.getvalue())


def interrupted(console: Console) -> None:
    progress = Progress()
    with live(progress, console), progress.phase("installation"):
        progress.begin("platform", "Job", "quota")
        raise KeyboardInterrupt


def test_the_live_lines_stay_after_an_interruption() -> None:
    out = StringIO()
    with pytest.raises(KeyboardInterrupt):
        interrupted(Console(file=out, force_terminal=True, width=80))
    assert "platform" in out.getvalue()
    assert not last_erased(out.getvalue())
