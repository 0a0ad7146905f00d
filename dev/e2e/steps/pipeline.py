"""Runs both DAGs and looks at all that they were promised."""

from collections.abc import Iterable, Sequence

from airflow_k8s.stack.settings import names
from dev.e2e import assertions
from dev.e2e.context import Bench
from dev.e2e.errors import CheckError, none_of
from dev.e2e.runs import CRUNCH, HEAVY, LIGHT, PER_TASK, PIPELINE, Ended, Run, until
from dev.e2e.watcher import Life

_EVENTS = 200_000
_GONE = 120.0  # seconds
_PODS = {HEAVY: "heavy-processing-pod-", LIGHT: "light-processing-pod-"}
_PREPARE = "prepare"
_START = 0.5  # seconds in which a container does not work yet


def pipeline(bench: Bench) -> None:
    """Both DAGs succeed at the first try; pods, files, secrets and logs are as promised."""
    before = bench.data()
    made = [*_pipeline(bench), *_per_task(bench)]
    new = sorted(bench.data().keys() - before.keys())
    missing = [each for each in made if not any(path.startswith(each) for path in new)]
    none_of(missing, f"not among the {len(new)} new files on the shared volume")
    bench.say(f"{len(new)} new files are on the shared volume, such as {new[0]}")


def _pipeline(bench: Bench) -> list[str]:
    """Runs it; how the paths begin that must be on the volume then."""
    run = bench.runs.trigger(PIPELINE, "pipeline", events=_EVENTS)
    lives = _succeeds(bench, run)
    by_task = {life.task[2]: life for life in lives if life.is_operators}
    none_of(_misnamed(by_task.values()), "pods of the pipeline")
    bench.say(f"its pods were {', '.join(sorted(life.name for life in by_task.values()))}")
    _calibrate(bench, by_task[HEAVY])
    _right_key(bench, bench.api.log(run.dag, run.id, HEAVY, 1), HEAVY)
    day = run.day.date()
    return [f"events/date={day}/manifest.json", f"aggregates/{day}.json"]


def _per_task(bench: Bench) -> list[str]:
    """Likewise."""
    run = bench.runs.trigger(PER_TASK, "per-task", seconds=3)
    lives = _succeeds(bench, run)
    sizes = bench.settings().tasks
    for life in lives:
        wanted = sizes.heavy if life.task[2] == CRUNCH else sizes.light
        none_of(assertions.other_resources(wanted.spec(), life.resources), f"pod {life.name}")
    bench.say(f"its {len(lives)} worker pods had the resources that the DAG asks for")
    _right_key(bench, bench.api.log(run.dag, run.id, _PREPARE, 1), _PREPARE)
    return [f"reports/{run.id}.json"]


def _succeeds(bench: Bench, run: Run) -> Sequence[Life]:
    """Its pods, which are gone by now; and its logs were read after that."""
    ended = bench.runs.wait(run)
    none_of(assertions.at_first(ended.tries), f"run {run.id}")
    bench.say(f"{run.dag} succeeded, each task at the first try, {ended.seconds:.0f} s")
    lives = bench.watcher.of_run(run.dag, run.id)
    gone(bench, run)
    _readable(bench, ended)
    return lives


def gone(bench: Bench, run: Run) -> None:
    """Waits until the pods of a run are deleted."""

    def look() -> bool | None:
        lives = bench.watcher.of_run(run.dag, run.id)
        return True if lives and all(life.gone is not None for life in lives) else None

    until(look, f"the pods of run {run.id} are gone", patience=_GONE)


def _readable(bench: Bench, ended: Ended) -> None:
    secrets = bench.secrets()
    run = ended.run
    for each in ended.tries:
        log = bench.api.log(run.dag, run.id, each.task, each.number)
        if not log.strip():
            raise CheckError(f"the log of {each.task} in run {run.id} is empty")
        found = assertions.leaks(log, secrets)
        none_of((f"{called} stands in it" for called in found), f"log of {each.task}")
    bench.say("its logs are readable after its pods are gone, and hold no secret")


def _right_key(bench: Bench, log: str, task: str) -> None:
    wanted = assertions.fingerprint(bench.secret(names.api_key(bench.settings().secrets)))
    found = assertions.printed_fingerprint(log)
    if found != wanted:
        raise CheckError(f"{task} saw an API_KEY with fingerprint {found or 'none'}, not {wanted}")
    bench.say(f"{task} saw the right API_KEY ({found})")


def _misnamed(lives: Iterable[Life]) -> list[str]:
    by_task = {life.task[2]: life.name for life in lives}
    return [
        f"{task} ran in {by_task.get(task, 'none')}, not in {promised}…"
        for task, promised in _PODS.items()
        if not by_task.get(task, "").startswith(promised)
    ]


def _calibrate(bench: Bench, life: Life) -> None:
    """So that later runs last as long as they have to on this machine."""
    if life.running is not None and life.ended is not None:
        bench.events_a_second = _EVENTS / max(life.ended - life.running - _START, 1)
        bench.say(f"the heavy task makes about {bench.events_a_second:.0f} events a second")
