"""Deletes pods while runs are in flight."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dev.e2e import assertions
from dev.e2e.context import Bench
from dev.e2e.errors import CheckError, none_of
from dev.e2e.program import NAMESPACE
from dev.e2e.runs import CRUNCH, HEAVY, PER_TASK, Run, until
from dev.e2e.watcher import Life

_WORK = 18.0  # seconds of the task that is in flight; longer on a busy machine
_DEFERS = 20.0  # seconds
_READY = 300.0


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What is deleted, and what becomes of the run."""

    what: str
    task: str  # that is in flight
    component: str = ""  # whose pods are deleted; empty: the task's own


_KILLS = (
    Kill(what="scheduler", task=HEAVY, component="scheduler"),
    Kill(what="api-server", task=HEAVY, component="api-server"),
    Kill(what="triggerer", task=HEAVY, component="triggerer"),
    Kill(what="task-pod", task=HEAVY),
    Kill(what="worker-pod", task=CRUNCH),
)


def kills(bench: Bench) -> None:
    """Whatever pod is deleted in mid-run, the run succeeds, and no task is done twice."""
    for kill in _KILLS:
        run, life = _in_flight(bench, kill)
        ready = _delete(bench, kill, life)
        ended = bench.runs.wait(run)
        none_of(assertions.done_twice(bench.watcher.of_run(run.dag, run.id)), f"run {run.id}")
        tries = len(ended.of(kill.task))
        if not kill.component and tries == 1:
            raise CheckError(f"run {run.id} did not notice that pod {life.name} was deleted")
        bench.say(
            f"{kill.what} deleted: the run succeeded, {ended.seconds:.0f} s, {kill.task}"
            f" {'at the first try' if tries == 1 else f'after {tries} tries'}"
        )
        ready()
    bench.healthy()


def _in_flight(bench: Bench, kill: Kill) -> tuple[Run, Life]:
    if kill.task == HEAVY:
        run, life = bench.long_pipeline(f"kill-{kill.what}", _WORK)
        _let_go(bench, run)
        return run, life
    run = bench.runs.trigger(PER_TASK, f"kill-{kill.what}", seconds=int(_WORK))
    life = bench.running(run, kill.task)

    def look() -> bool | None:  # the pod first imports Airflow for some seconds
        return True if _states(bench, run).get(kill.task) == "running" else None

    until(look, f"{kill.task} runs", patience=_READY)
    return run, life


def _let_go(bench: Bench, run: Run) -> None:
    """Waits until the executor's pod is away while the task's own works: that is what deferring
    is for, and what is killed then finds the task in the triggerer's hands."""

    def look() -> bool | None:
        lives = bench.watcher.of_run(run.dag, run.id)
        away = all(life.ended is not None for life in lives if not life.is_operators)
        return True if away and _states(bench, run).get(HEAVY) == "deferred" else None

    until(look, f"{HEAVY} is deferred and its worker pod ends", patience=_DEFERS)


def _states(bench: Bench, run: Run) -> Mapping[str, str]:
    return {each.task: each.state for each in bench.api.tasks(run.dag, run.id)}


def _delete(bench: Bench, kill: Kill, life: Life) -> Callable[[], None]:
    """Deletes it; what is returned waits until its successor is ready."""
    if not kill.component:
        found = bench.cluster.get("v1", "Pod", life.name, NAMESPACE)
        if found is None or found["metadata"]["uid"] != life.uid:
            raise CheckError(f"pod {life.name} ended before it could be deleted")
        bench.cluster.delete(found)
        return lambda: None
    labels = f"release=airflow,component={kill.component}"
    old = bench.cluster.list("v1", "Pod", NAMESPACE, labels=labels)
    for pod in old:
        bench.cluster.delete(pod)
    uids = {pod["metadata"]["uid"] for pod in old}

    def ready() -> None:
        def look() -> bool | None:
            now = bench.cluster.list("v1", "Pod", NAMESPACE, labels=labels)
            there = [pod for pod in now if pod["metadata"]["uid"] not in uids]
            return True if len(there) == len(now) and any(map(_is_ready, now)) else None

        until(look, f"the {kill.what} is ready again", patience=_READY)

    return ready


def _is_ready(pod: dict[str, object]) -> bool:
    status = pod.get("status")
    conditions = status.get("conditions", []) if isinstance(status, dict) else []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
