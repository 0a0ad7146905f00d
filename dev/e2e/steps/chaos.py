"""The step that deletes pods while DAG runs are running."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from airflow_k8s.kube.conditions import condition
from airflow_k8s.kube.manifest import Manifest
from dev.e2e import assertions
from dev.e2e.context import Context
from dev.e2e.errors import CheckError, fail_if_any
from dev.e2e.pod_records import PodRecord
from dev.e2e.program import NAMESPACE
from dev.e2e.runs import CRUNCH, HEAVY, PER_TASK, Run, wait_until

_TASK_SECONDS = 18.0  # of the running task; it takes longer on a busy machine
_DEFER_SECONDS = 20.0
_READY_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """Which pods to delete."""

    label: str
    task: str  # the task that runs when the pods are deleted
    component: str = ""  # whose pods to delete; if empty, the pod of the task


_DELETIONS = (
    Deletion(label="scheduler", task=HEAVY, component="scheduler"),
    Deletion(label="api-server", task=HEAVY, component="api-server"),
    Deletion(label="triggerer", task=HEAVY, component="triggerer"),
    Deletion(label="task-pod", task=HEAVY),
    Deletion(label="worker-pod", task=CRUNCH),
)


def kills(context: Context) -> None:
    """Deletes pods of the platform and of tasks during DAG runs, and checks the runs.

    Raises CheckError if a run fails, or if two pods do the work of the same task.
    """
    for deletion in _DELETIONS:
        _delete_during_run(context, deletion)
    context.wait_healthy()


def _delete_during_run(context: Context, deletion: Deletion) -> None:
    run, pod = _start_run(context, deletion)
    wait_ready = _delete(context, deletion, pod)
    finished = context.runs.wait(run)
    pods = context.watcher.pods_of_run(run.dag, run.id)
    fail_if_any(assertions.duplicate_work(pods), f"run {run.id}")
    tries = len(finished.tries_of(deletion.task))
    if not deletion.component and tries == 1:
        raise CheckError(f"run {run.id} needed no second try although pod {pod.name} was deleted")
    context.notify(
        f"{deletion.label} deleted: the run succeeded in {finished.seconds:.0f} s, {deletion.task}"
        f" {'at its first try' if tries == 1 else f'after {tries} tries'}"
    )
    wait_ready()


def _start_run(context: Context, deletion: Deletion) -> tuple[Run, PodRecord]:
    """Starts a run, waits until its task is running, and returns the run and the task's pod."""
    label = f"kill-{deletion.label}"
    if deletion.task == HEAVY:
        run, pod = context.start_long_pipeline(label, _TASK_SECONDS)
        _wait_deferred(context, run)
        return run, pod
    run = context.runs.trigger(PER_TASK, label, seconds=int(_TASK_SECONDS))
    pod = context.wait_running(run, deletion.task)

    def poll() -> bool | None:  # the pod imports Airflow for some seconds before the task runs
        return True if _task_states(context, run).get(deletion.task) == "running" else None

    wait_until(poll, f"{deletion.task} runs", timeout_seconds=_READY_SECONDS)
    return run, pod


def _wait_deferred(context: Context, run: Run) -> None:
    """Waits until the worker pod has ended while the operator pod still runs.

    In this state only the triggerer watches the task.
    """

    def poll() -> bool | None:
        pods = context.watcher.pods_of_run(run.dag, run.id)
        ended = all(pod.ended is not None for pod in pods if not pod.is_operator_pod)
        return True if ended and _task_states(context, run).get(HEAVY) == "deferred" else None

    expected = f"{HEAVY} is deferred and its worker pod has ended"
    wait_until(poll, expected, timeout_seconds=_DEFER_SECONDS)


def _task_states(context: Context, run: Run) -> Mapping[str, str]:
    return {task.task: task.state for task in context.api.tasks(run.dag, run.id)}


def _delete(context: Context, deletion: Deletion, pod: PodRecord) -> Callable[[], None]:
    """Deletes the pods, and returns a function that waits until their successors are ready."""
    if not deletion.component:
        found = context.cluster.get("v1", "Pod", pod.name, NAMESPACE)
        if found is None or found["metadata"]["uid"] != pod.uid:
            raise CheckError(f"pod {pod.name} ended before it could be deleted")
        context.cluster.delete(found)
        return lambda: None
    labels = f"release=airflow,component={deletion.component}"
    old_pods = context.cluster.list("v1", "Pod", NAMESPACE, labels=labels)
    for old_pod in old_pods:
        context.cluster.delete(old_pod)
    old_uids = {old_pod["metadata"]["uid"] for old_pod in old_pods}

    def wait_ready() -> None:
        def poll() -> bool | None:
            pods = context.cluster.list("v1", "Pod", NAMESPACE, labels=labels)
            old_are_deleted = all(pod["metadata"]["uid"] not in old_uids for pod in pods)
            return True if old_are_deleted and any(map(_is_ready, pods)) else None

        expected = f"the {deletion.label} is ready again"
        wait_until(poll, expected, timeout_seconds=_READY_SECONDS)

    return wait_ready


def _is_ready(pod: Manifest) -> bool:
    return condition(pod, "Ready") == "True"
