"""Runs both example DAGs and checks their pods, files, secrets and logs."""

from collections.abc import Iterable, Sequence

from airflow_k8s.stack.settings import names
from dev.e2e import assertions
from dev.e2e.context import Context
from dev.e2e.errors import CheckError, fail_if_any
from dev.e2e.pod_records import PodRecord
from dev.e2e.runs import CRUNCH, HEAVY, LIGHT, PER_TASK, PIPELINE, FinishedRun, Run, wait_until

_EVENTS = 200_000
_DELETE_SECONDS = 120.0
_POD_PREFIXES = {HEAVY: "heavy-processing-pod-", LIGHT: "light-processing-pod-"}
_PREPARE = "prepare"
_START_SECONDS = 0.5  # in which a running container does not work yet


def pipeline(context: Context) -> None:
    """Runs both example DAGs. Raises CheckError if a task needs a second try, or if the pods,
    files, secrets or logs differ from what the program defines."""
    before = context.shared_files()
    expected = [*_check_pipeline(context), *_check_per_task(context)]
    new = sorted(context.shared_files().keys() - before.keys())
    missing = [prefix for prefix in expected if not any(path.startswith(prefix) for path in new)]
    fail_if_any(missing, f"missing among the {len(new)} new files on the shared volume")
    context.notify(f"{len(new)} new files are on the shared volume, such as {new[0]}")


def _check_pipeline(context: Context) -> list[str]:
    """Runs the pipeline. Returns prefixes of the paths that it writes to the shared volume."""
    run = context.runs.trigger(PIPELINE, "pipeline", events=_EVENTS)
    pods = _check_run(context, run)
    by_task = {pod.task[2]: pod for pod in pods if pod.is_operator_pod}
    fail_if_any(_wrong_names(by_task.values()), "pods of the pipeline")
    context.notify(f"its pods were {', '.join(sorted(pod.name for pod in by_task.values()))}")
    _measure_speed(context, by_task[HEAVY])
    _check_api_key(context, context.api.log(run.dag, run.id, HEAVY, 1), HEAVY)
    day = run.day.date()
    return [f"events/date={day}/manifest.json", f"aggregates/{day}.json"]


def _check_per_task(context: Context) -> list[str]:
    """Runs the DAG with resources for each task. Returns prefixes of the paths that it writes to
    the shared volume."""
    run = context.runs.trigger(PER_TASK, "per-task", seconds=3)
    pods = _check_run(context, run)
    sizes = context.settings().tasks
    for pod in pods:
        expected = sizes.heavy if pod.task[2] == CRUNCH else sizes.light
        differences = assertions.resource_differences(expected.spec(), pod.resources)
        fail_if_any(differences, f"pod {pod.name}")
    context.notify(f"its {len(pods)} worker pods had the resources that the DAG requests")
    _check_api_key(context, context.api.log(run.dag, run.id, _PREPARE, 1), _PREPARE)
    return [f"reports/{run.id}.json"]


def _check_run(context: Context, run: Run) -> Sequence[PodRecord]:
    """Waits for a run and for the deletion of its pods, checks its logs, and returns its pods."""
    finished = context.runs.wait(run)
    fail_if_any(assertions.not_first_try(finished.tries), f"run {run.id}")
    context.notify(f"{run.dag} succeeded in {finished.seconds:.0f} s, every task at its first try")
    pods = context.watcher.pods_of_run(run.dag, run.id)
    _wait_deleted(context, run)
    _check_logs(context, finished)
    return pods


def _wait_deleted(context: Context, run: Run) -> None:
    def poll() -> bool | None:
        pods = context.watcher.pods_of_run(run.dag, run.id)
        return True if pods and all(pod.deleted is not None for pod in pods) else None

    expected = f"the pods of run {run.id} are deleted"
    wait_until(poll, expected, timeout_seconds=_DELETE_SECONDS)


def _check_logs(context: Context, finished: FinishedRun) -> None:
    secrets = context.task_secrets()
    run = finished.run
    for attempt in finished.tries:
        log = context.api.log(run.dag, run.id, attempt.task, attempt.number)
        if not log.strip():
            raise CheckError(f"the log of {attempt.task} in run {run.id} is empty")
        leaked = assertions.leaked_secrets(log, secrets)
        fail_if_any((f"it shows {label}" for label in leaked), f"log of {attempt.task}")
    context.notify("its logs are readable after its pods are deleted, and show no secret")


def _check_api_key(context: Context, log: str, task: str) -> None:
    key = context.secret(names.api_key(context.settings().secrets))
    expected, found = assertions.fingerprint(key), assertions.printed_fingerprint(log)
    if found != expected:
        raise CheckError(
            f"{task} had an API_KEY with fingerprint {found or 'none'}, not {expected}"
        )
    context.notify(f"{task} had the correct API_KEY (fingerprint {found})")


def _wrong_names(pods: Iterable[PodRecord]) -> list[str]:
    pod_names = {pod.task[2]: pod.name for pod in pods}
    return [
        f"{task} ran in {pod_names.get(task, 'no pod')}, not in {prefix}…"
        for task, prefix in _POD_PREFIXES.items()
        if not pod_names.get(task, "").startswith(prefix)
    ]


def _measure_speed(context: Context, pod: PodRecord) -> None:
    """Measures how fast this machine is, so that later runs last as long as their steps need."""
    if pod.started is not None and pod.ended is not None:
        context.events_per_second = _EVENTS / max(pod.ended - pod.started - _START_SECONDS, 1)
        context.notify(f"the heavy task makes about {context.events_per_second:.0f} events/s")
