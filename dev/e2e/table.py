"""The measurements as Markdown tables, which a maintainer can paste into a note."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rich import box
from rich.table import Table

from dev.e2e.pod_records import PodRecord
from dev.e2e.runs import FinishedRun
from dev.e2e.watcher import POLL_SECONDS

_GENERATED_SUFFIX = re.compile(r"(-[0-9a-f]{8,10})?(-[a-z0-9]{5})?$")
_MIB = 1024 * 1024
_MAX_ERROR = 60  # characters


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """What the steps measured."""

    queue_seconds: Mapping[tuple[str, str], Sequence[float]]  # by DAG and task
    runs: Sequence[FinishedRun]
    pods: Sequence[PodRecord]
    peak_memory: Mapping[tuple[str, str], int]  # bytes by namespace and pod name
    memory_error: str  # why memory could not be read; empty if it could
    deployments: Sequence[tuple[str, float]]  # label and seconds
    steps: Sequence[tuple[str, float]]  # name and seconds


def tables(measured: Measurements) -> Iterator[Table]:
    """One table for each kind of measurement.

    Pods of runs that the test did not trigger, such as those of a rehearsal, are left out.
    """
    runs = {finished.run.id for finished in measured.runs}
    pods = [pod for pod in measured.pods if not pod.task[1] or pod.task[1] in runs]
    yield _start_times(measured.queue_seconds, pods)
    yield _runs(measured.runs)
    yield _memory(pods, measured.peak_memory, measured.memory_error)
    yield _deployments(measured.deployments)
    yield _steps(measured.steps)


def component_of(pod: PodRecord) -> str:
    """The name that a pod shares with the other pods of its component or task."""
    dag, _, task = pod.task
    if task:
        return f"{dag}.{task}, {'operator pod' if pod.is_operator_pod else 'worker pod'}"
    return pod.labels.get("component") or _GENERATED_SUFFIX.sub("", pod.name)


def _start_times(
    queue_seconds: Mapping[tuple[str, str], Sequence[float]], pods: Iterable[PodRecord]
) -> Table:
    table = _table(
        *("task", "tries", "queued → running", "max", "pod created → running", "max"),
        title=f"median seconds; pods were polled every {POLL_SECONDS} s",
    )
    starts: dict[tuple[str, str], list[float]] = defaultdict(list)
    for pod in pods:
        if pod.is_operator_pod and pod.started is not None:
            starts[pod.task[0], pod.task[2]].append(pod.started - pod.created)
    for key in sorted({*queue_seconds, *starts}):
        queued, started = queue_seconds.get(key, ()), starts.get(key, ())
        row = [*_median_and_max(queued), *_median_and_max(started)]
        table.add_row(".".join(key), str(len(queued)), *row)
    return table


def _runs(runs: Iterable[FinishedRun]) -> Table:
    table = _table("run", "DAG", "seconds", "tasks", "tries")
    for finished in runs:
        run, tries = finished.run, finished.tries
        tasks = len({attempt.task for attempt in tries})
        table.add_row(run.id, run.dag, f"{finished.seconds:.1f}", str(tasks), str(len(tries)))
    return table


def _memory(
    pods: Iterable[PodRecord], peak_memory: Mapping[tuple[str, str], int], memory_error: str
) -> Table:
    table = _table("component", "pods", "peak memory, MiB", "restarts")
    by_component: dict[str, list[PodRecord]] = defaultdict(list)
    for pod in pods:
        by_component[component_of(pod)].append(pod)
    for component, members in sorted(by_component.items()):
        # The kubelet reports 0 for a pod that has just started or is about to end.
        sizes = [size for pod in members if (size := peak_memory.get((pod.namespace, pod.name), 0))]
        if sizes:
            peak = f"{max(sizes) / _MIB:.0f}"
        else:
            peak = f"unknown: {memory_error[:_MAX_ERROR] or 'ended before a poll'}"
        restarts = sum(pod.restarts for pod in members)
        table.add_row(component, str(len(members)), peak, str(restarts))
    return table


def _deployments(deployments: Iterable[tuple[str, float]]) -> Table:
    table = _table("deployment", "seconds")
    for label, seconds in deployments:
        table.add_row(label, f"{seconds:.0f}")
    return table


def _steps(steps: Sequence[tuple[str, float]]) -> Table:
    table = _table("step", "seconds")
    for name, seconds in steps:
        table.add_row(name, f"{seconds:.0f}")
    table.add_row("total", f"{sum(seconds for _, seconds in steps):.0f}")
    return table


def _median_and_max(values: Sequence[float]) -> tuple[str, str]:
    return (f"{median(values):.1f}", f"{max(values):.1f}") if values else ("", "")


def _table(*columns: str, title: str = "") -> Table:
    table = Table(box=box.MARKDOWN, title=title or None, title_justify="left", title_style="")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number and "→" in column else "left")
    return table
