"""Collects what explains a failed step: events, pods and logs, with secrets redacted."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from airflow_k8s.airflow_api import Api
from airflow_k8s.errors import UserError
from dev.e2e import assertions
from dev.e2e.context import Context
from dev.e2e.program import NAMESPACE
from dev.e2e.runs import Run

T = TypeVar("T")
Read = Callable[[], str]
_LOG_LINES = 60
_LOGIN_CREATED = 201
_MAX_EVENTS = 40
_COMPONENTS = ("scheduler", "api-server", "triggerer", "dag-processor")
_API_SECONDS = 5.0  # short, because the API itself may be what failed
_READ_ERRORS = (UserError, OSError, KeyError, ValueError)


@dataclass(frozen=True, kw_only=True)
class LogTarget:
    """A container whose log may explain a failure."""

    pod: str
    container: str
    previous: bool  # the log from before the last restart


def evidence(context: Context, namespaces: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Returns (title, text) for every part of the evidence.

    If a part can't be read, its text is the error: an error here must not hide the failure itself.
    Without the list of secrets to redact, nothing else is shown.
    """
    try:
        secrets = context.all_secrets()
    except _READ_ERRORS as error:
        yield "no logs", f"the secrets to redact in them can't be read: {error}"
        return
    for namespace in namespaces:
        for title, read in _cluster_evidence(context, namespace):
            yield f"{title} in {namespace}", redacted(_text(read), secrets)
    for title, read in _task_logs(context):
        yield title, redacted(_text(read), secrets)


def redacted(text: str, secrets: Mapping[str, str]) -> str:
    """The text with each secret replaced by its label; `secrets` maps a label to a text."""
    for label, secret in secrets.items():
        if secret:
            text = text.replace(secret, f"[{label}]")
    return text


def event_lines(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """The latest events that are not of type Normal, one a line, ordered by time."""
    ordered = sorted(
        (event for event in events if event.get("type") != "Normal"), key=assertions.event_time
    )
    return [
        f"{event['involvedObject'].get('kind', '')} {event['involvedObject'].get('name', '')}:"
        f" {event.get('reason', '')} ({event.get('count') or 1}):"
        f" {event.get('message', '').strip()}"
        for event in ordered[-_MAX_EVENTS:]
    ]


def log_targets(pods: Iterable[Mapping[str, Any]]) -> list[LogTarget]:
    """The containers that were restarted, and those that started but are neither ready nor ended
    with exit code 0."""
    targets: list[LogTarget] = []
    for pod in pods:
        status: Mapping[str, Any] = pod.get("status", {})
        name = pod["metadata"]["name"]
        for container in [
            *(status.get("initContainerStatuses") or ()),
            *(status.get("containerStatuses") or ()),
        ]:
            state = container.get("state", {})
            end = state.get("terminated")
            is_fine = container.get("ready") or (end and end.get("exitCode") == 0)
            if container.get("restartCount"):
                targets.append(LogTarget(pod=name, container=container["name"], previous=True))
            if not is_fine and "waiting" not in state:
                targets.append(LogTarget(pod=name, container=container["name"], previous=False))
    return targets


def _cluster_evidence(context: Context, namespace: str) -> Iterator[tuple[str, Read]]:
    cluster, scope = context.cluster, ["--namespace", namespace]
    yield "events", lambda: "\n".join(event_lines(cluster.list("v1", "Event", namespace)))
    yield "pods", partial(context.kubectl.ask, *scope, "get", "pods", "--output", "wide")
    for target in log_targets(_value(partial(cluster.list, "v1", "Pod", namespace), [])):
        logs = [*scope, "logs", target.pod, "--container", target.container]
        logs += [f"--tail={_LOG_LINES}", *(["--previous"] if target.previous else [])]
        title = f"log of {target.container} in {target.pod}"
        title += ", before its last restart" if target.previous else ""
        yield title, partial(context.kubectl.ask, *logs)
    if namespace == NAMESPACE:
        for component in _COMPONENTS:
            selector = f"--selector=release=airflow,component={component}"
            logs = [*scope, "logs", selector, "--container", component, f"--tail={_LOG_LINES}"]
            yield f"log of the {component}", partial(context.kubectl.ask, *logs)


def _task_logs(context: Context) -> Iterator[tuple[str, Read]]:
    """The logs of all tries of all tasks, of the runs that did not succeed."""
    api = Api(context.forward.address, context.forward.close, patience=_API_SECONDS)
    succeeded = {run.run.id for run in context.runs.finished if run.state == "success"}
    try:
        if _value(lambda: _log_in(context, api), 0) != _LOGIN_CREATED:
            return
        for run in context.runs.triggered:
            if run.id not in succeeded:
                yield from _logs_of_run(api, run)
    finally:
        api.close()


def _log_in(context: Context, api: Api) -> int:
    return api.log_in(context.settings().admin.username, context.admin_password())


def _logs_of_run(api: Api, run: Run) -> Iterator[tuple[str, Read]]:
    for task in _value(partial(api.tasks, run.dag, run.id), []):
        for number in range(1, task.number + 1):
            title = f"log of {task.task} in run {run.id}, try {number} ({task.state})"
            yield title, partial(_last_lines, api, run, task.task, number)


def _last_lines(api: Api, run: Run, task: str, number: int) -> str:
    return "\n".join(api.log(run.dag, run.id, task, number).splitlines()[-_LOG_LINES:])


def _value(read: Callable[[], T], default: T) -> T:
    try:
        return read()
    except _READ_ERRORS:
        return default


def _text(read: Read) -> str:
    try:
        return read().rstrip() or "none"
    except _READ_ERRORS as error:
        return f"not available: {error}"
