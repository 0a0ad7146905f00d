"""Runs the chosen steps in order, and prints their results, or what explains a failure."""

import time
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console

from airflow_k8s.errors import UserError
from dev.e2e.context import NAMESPACES, Context
from dev.e2e.evidence import evidence
from dev.e2e.steps.changes import changes
from dev.e2e.steps.chaos import kills
from dev.e2e.steps.down_and_up import down_and_up
from dev.e2e.steps.guards import guards
from dev.e2e.steps.pipeline import pipeline
from dev.e2e.steps.rotations import rotations
from dev.e2e.steps.up import up
from dev.e2e.table import Measurements, tables

STEPS: Mapping[str, Callable[[Context], None]] = {
    "up": up,
    "pipeline": pipeline,
    "guards": guards,
    "kills": kills,
    "changes": changes,
    "rotations": rotations,
    "down-and-up": down_and_up,
}


def choose_steps(only: str) -> list[str]:
    """The names of the steps to run, in order; `only` has names with commas between them.

    `up` is always included. An empty text means all steps. Raises UserError for an unknown
    name.
    """
    chosen = {name.strip() for name in only.split(",") if name.strip()}
    unknown = sorted(chosen - STEPS.keys())
    if unknown:
        raise UserError(f"unknown step {', '.join(unknown)}; the steps are {', '.join(STEPS)}")
    return [name for name in STEPS if not chosen or name == "up" or name in chosen]


def run_steps(steps: Sequence[str], context: Context, out: Console) -> bool:
    """Whether all steps succeeded; no step runs after one that failed."""
    succeeded, durations = True, list[tuple[str, float]]()
    for name in steps:
        step = STEPS[name]
        out.print(f"\n{name}: {_description(step)}", style="bold")
        start = time.monotonic()
        try:
            step(context)
        except (UserError, OSError) as error:
            seconds = time.monotonic() - start
            out.print(f"{name} failed after {seconds:.0f} s", style="bold red")
            _print_evidence(error, context, out)
            succeeded = False
            break
        durations.append((name, time.monotonic() - start))
        out.print(f"{name} succeeded in {durations[-1][1]:.0f} s", style="green")
    if durations:
        _print_tables(context, durations, out)
    return succeeded


def _description(step: Callable[[Context], None]) -> str:
    return " ".join((step.__doc__ or "").split())


def _print_evidence(error: Exception, context: Context, out: Console) -> None:
    """Prints the error before and after the evidence, which may be longer than a screen."""
    out.print(str(error), style="red")
    for title, text in evidence(context, NAMESPACES):
        out.print(f"\n--- {title}", style="bold")
        out.print(text)
    out.print()
    out.print(str(error), style="red")


def _print_tables(context: Context, durations: Sequence[tuple[str, float]], out: Console) -> None:
    measured = Measurements(
        queue_seconds=context.runs.queue_seconds,
        runs=context.runs.finished,
        pods=context.watcher.pods(),
        peak_memory=context.watcher.peak_memory,
        memory_error=context.watcher.memory_error,
        deployments=context.deployments,
        steps=durations,
    )
    for table in tables(measured):
        out.print()
        out.print(table)
