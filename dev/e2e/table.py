"""What was measured, as tables that can be pasted into a note."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from rich import box
from rich.table import Table

from dev.e2e.runs import Ended
from dev.e2e.watcher import LOOK_EVERY, Life

_COMPONENT = re.compile(r"(-[0-9a-f]{8,10})?(-[a-z0-9]{5})?$")
_MIB = 1024 * 1024


def tables(
    *,
    queues: Mapping[tuple[str, str], Sequence[float]],
    ended: Sequence[Ended],
    lives: Sequence[Life],
    memory: Mapping[tuple[str, str], int],
    blind: str,
    deployments: Sequence[tuple[str, float]],
    steps: Sequence[tuple[str, float]],
) -> Iterator[Table]:
    """All of them. Pods of other runs, such as those that a rehearsal tries, are left out."""
    runs = {each.run.id for each in ended}
    ours = [life for life in lives if not life.task[1] or life.task[1] in runs]
    yield _waits(queues, ours)
    yield _runs(ended)
    yield _memory(ours, memory, blind)
    yield _deployments(deployments)
    yield _steps(steps)


def component_of(life: Life) -> str:
    """What a pod is one of: its name without what tells it from its like."""
    dag, _, task = life.task
    if task:
        return f"{dag}.{task}, {'its pod' if life.is_operators else 'worker pod'}"
    return life.labels.get("component") or _COMPONENT.sub("", life.name)


def _waits(queues: Mapping[tuple[str, str], Sequence[float]], lives: Iterable[Life]) -> Table:
    table = _table(
        *("task", "tries", "queued → running", "most", "pod created → running", "most"),
        title=f"median seconds; pods were looked at every {LOOK_EVERY} s",
    )
    starts: dict[tuple[str, str], list[float]] = defaultdict(list)
    for life in lives:
        if life.is_operators and life.running is not None:
            starts[life.task[0], life.task[2]].append(life.running - life.created)
    for key in sorted({*queues, *starts}):
        queued, started = queues.get(key, ()), starts.get(key, ())
        table.add_row(".".join(key), str(len(queued)), *_spread(queued), *_spread(started))
    return table


def _runs(ended: Iterable[Ended]) -> Table:
    table = _table("run", "DAG", "seconds", "tasks", "tries")
    for each in ended:
        tasks = len({one.task for one in each.tries})
        seconds = f"{each.seconds:.1f}"
        table.add_row(each.run.id, each.run.dag, seconds, str(tasks), str(len(each.tries)))
    return table


def _memory(lives: Iterable[Life], memory: Mapping[tuple[str, str], int], blind: str) -> Table:
    table = _table("pods", "seen", "most memory, MiB", "restarts")
    alike: dict[str, list[Life]] = defaultdict(list)
    for life in lives:
        alike[component_of(life)].append(life)
    for component, each in sorted(alike.items()):
        # A pod that just came or is about to go is told to take nothing.
        found = [memory.get((life.namespace, life.name), 0) for life in each]
        used = [size for size in found if size]
        told = f"{max(used) / _MIB:.0f}" if used else "not seen: too short"
        if not used and blind:
            told = f"not seen: {blind[:60]}"
        restarts = sum(life.restarts for life in each)
        table.add_row(component, str(len(each)), told, str(restarts))
    return table


def _deployments(deployments: Iterable[tuple[str, float]]) -> Table:
    table = _table("deployment", "seconds")
    for called, seconds in deployments:
        table.add_row(called, f"{seconds:.0f}")
    return table


def _steps(steps: Sequence[tuple[str, float]]) -> Table:
    table = _table("step", "seconds")
    for called, seconds in steps:
        table.add_row(called, f"{seconds:.0f}")
    table.add_row("all", f"{sum(seconds for _, seconds in steps):.0f}")
    return table


def _spread(values: Sequence[float]) -> tuple[str, str]:
    return (f"{median(values):.1f}", f"{max(values):.1f}") if values else ("", "")


def _table(*columns: str, title: str = "") -> Table:
    table = Table(box=box.MARKDOWN, title=title or None, title_justify="left", title_style="")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number and "→" in column else "left")
    return table
