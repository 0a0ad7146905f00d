"""Running the chosen steps, and what is printed about them."""

from collections.abc import Callable, Mapping
from io import StringIO
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console

from airflow_k8s.toolchain.command import CommandError
from dev.e2e import step_runner
from dev.e2e.context import Context
from dev.e2e.errors import CheckError
from dev.e2e.step_runner import STEPS, choose_steps, run_steps

Step = Callable[[Context], None]


def unreadable() -> Mapping[str, str]:
    raise CommandError("forbidden")


def context_without_records() -> Context:
    """A context whose Secrets can't be read, and that has measured nothing."""
    watcher = SimpleNamespace(pods=list, peak_memory={}, memory_error="")
    runs = SimpleNamespace(queue_seconds={}, finished=[])
    context = SimpleNamespace(all_secrets=unreadable, watcher=watcher, runs=runs, deployments=[])
    return cast(Context, context)


def run(steps: Mapping[str, Step], monkeypatch: pytest.MonkeyPatch) -> tuple[bool, str]:
    monkeypatch.setattr(step_runner, "STEPS", steps)
    out = Console(file=StringIO(), width=100)
    succeeded = run_steps(list(steps), context_without_records(), out)
    assert isinstance(out.file, StringIO)
    return succeeded, out.file.getvalue()


def works(_context: Context) -> None:
    """A step that works."""


def fails(_context: Context) -> None:
    """A step that fails."""
    raise CheckError("the scheduler is not healthy")


def test_all_steps_are_chosen_by_default() -> None:
    assert choose_steps("") == list(STEPS)


def test_the_step_up_is_chosen_always_and_the_order_is_fixed() -> None:
    assert choose_steps("kills, pipeline") == ["up", "pipeline", "kills"]


def test_steps_that_work_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    succeeded, output = run({"one": works, "two": works}, monkeypatch)
    assert succeeded
    assert "one: A step that works." in output
    assert "two succeeded in 0 s" in output


def test_no_step_runs_after_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    succeeded, output = run({"one": works, "two": fails, "three": works}, monkeypatch)
    assert not succeeded
    assert "three" not in output


def test_the_error_of_a_step_is_printed_before_and_after_the_evidence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, output = run({"one": fails}, monkeypatch)
    before, _, after = output.partition("--- no logs")
    assert "the scheduler is not healthy" in before
    assert "the scheduler is not healthy" in after
