"""The step that changes settings of the stack while DAG runs are running."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_k8s.airflow_api import Try
from dev.e2e import assertions
from dev.e2e.context import Context
from dev.e2e.errors import CheckError, fail_if_any
from dev.e2e.program import Image

# How long the task in flight takes on an idle machine: about as long as the deployment.
_SHORT_SECONDS, _LONG_SECONDS = 45.0, 90.0
_CREATED, _UNAUTHORIZED = 201, 401
_NOTED_EVENTS = ("Unhealthy", "BackOff")
_MAX_MESSAGE = 120  # characters of an event's message


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of settings, deployed by itself."""

    label: str
    settings: Mapping[str, Any]
    task_seconds: float = _SHORT_SECONDS  # of the task that is in flight


def changes(context: Context) -> None:
    """Changes a resource, the image and the password during DAG runs, and checks the runs.

    Raises CheckError if a run fails or a container restarts.
    """
    old_password, start, restarts = context.admin_password(), time.time(), context.restart_counts()
    for change in _changes(context.next_image):
        _deploy_during_run(context, change)
    context.wait_healthy()
    _check_passwords(context, old_password)
    for line in _noted_events(context, start):
        context.notify(f"event: {line}")
    restarted = assertions.restarted_pods(context.watcher.pods(), restarts)
    fail_if_any(restarted, "containers were restarted")
    context.notify("no container was restarted")


def _changes(image: Image) -> list[Change]:
    memory = {"scheduler": {"resources": {"requests": {"memory": "800Mi"}}}}
    next_image = {"image": {"repository": image.repository, "tag": image.tag}}
    return [
        Change(label="scheduler-memory", settings=memory),
        Change(label="airflow-image", settings=next_image, task_seconds=_LONG_SECONDS),
        Change(label="admin-password", settings={"secrets": {"admin": {"rotation": 2}}}),
    ]


def _deploy_during_run(context: Context, change: Change) -> None:
    run, _ = context.start_long_pipeline(f"change-{change.label}", change.task_seconds)
    context.program.change_settings(change.settings)
    context.deploy(change.label)
    if context.api.run(run.dag, run.id).is_finished:
        raise CheckError(
            f"run {run.id} ended before {change.label} was deployed, so nothing was tested;"
            " increase task_seconds"
        )
    finished = context.runs.wait(run)
    pods = context.watcher.pods_of_run(run.dag, run.id)
    fail_if_any(assertions.duplicate_work(pods), f"run {run.id}")
    context.notify(
        f"the run in flight lasted beyond the deployment and succeeded in {finished.seconds:.0f} s,"
        f" {_describe_tries(finished.tries)}"
    )


def _noted_events(context: Context, since: float) -> list[str]:
    """The events about failed probes and back-offs, which are only reported.

    They are no failure: a probe may fail before a pod is ready or while it is terminating.
    """
    return [
        f"{event['reason']} ({event.get('count') or 1}) of"
        f" {event['involvedObject'].get('name', '')}:"
        f" {event.get('message', '').strip()[:_MAX_MESSAGE]}"
        for event in context.events(since)
        if event.get("reason") in _NOTED_EVENTS
    ]


def _describe_tries(tries: Sequence[Try]) -> str:
    count = max(attempt.number for attempt in tries)
    return "every task at its first try" if count == 1 else f"a task needed {count} tries"


def _check_passwords(context: Context, old: str) -> None:
    username, new = context.settings().admin.username, context.admin_password()
    if new == old:
        raise CheckError("the rotation of the admin's password did not change it")
    for label, password, expected in (("old", old, _UNAUTHORIZED), ("new", new, _CREATED)):
        status = context.api.log_in(username, password)
        if status != expected:
            raise CheckError(
                f"a login with the {label} password was answered {status}, not {expected}"
            )
    context.notify("the new password logs in (201), the old one does not (401)")
