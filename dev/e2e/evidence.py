"""What explains a failure: events, pods, logs. Secrets are struck out of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from urllib3.exceptions import HTTPError

from airflow_k8s.airflow_api import Api
from airflow_k8s.errors import UserError
from dev.e2e import assertions
from dev.e2e.context import Bench
from dev.e2e.program import NAMESPACE

_LINES = 60
_CREATED = 201
_EVENTS = 40
_COMPONENTS = ("scheduler", "api-server", "triggerer", "dag-processor")
_PATIENCE = 5.0  # seconds for an API that may well be what failed


def evidence(bench: Bench, namespaces: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Titles and texts. What can't be had says so: it must not hide the failure itself."""
    hidden = _or_words(bench.every_secret)
    if not isinstance(hidden, Mapping):
        yield "no logs", f"what must be struck out of them {hidden}"
        return
    for namespace in namespaces:
        for title, ask in _asked(bench, namespace):
            yield f"{title} in {namespace}", struck(_text(_or_words(ask)), hidden)
    for title, ask in _task_logs(bench):
        yield title, struck(_text(_or_words(ask)), hidden)


def struck(text: str, secrets: Mapping[str, str]) -> str:
    """A text without the secrets."""
    for called, secret in secrets.items():
        if secret:
            text = text.replace(secret, f"[{called}]")
    return text


def event_lines(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Events that are no routine, the latest last."""
    ordered = sorted((each for each in events if each.get("type") != "Normal"), key=assertions.when)
    return [
        f"{each['involvedObject'].get('kind', '')} {each['involvedObject'].get('name', '')}:"
        f" {each.get('reason', '')} ({each.get('count') or 1}): {each.get('message', '').strip()}"
        for each in ordered[-_EVENTS:]
    ]


def worth_reading(pods: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, bool]]:
    """Pod, container, and whether it is what came before it that says why: of containers that
    crashed or are not ready."""
    found: list[tuple[str, str, bool]] = []
    for pod in pods:
        status: Mapping[str, Any] = pod.get("status", {})
        every = [
            *(status.get("initContainerStatuses") or ()),
            *(status.get("containerStatuses") or ()),
        ]
        for each in every:
            ended = each.get("state", {}).get("terminated")
            well = each.get("ready") or (ended and ended.get("exitCode") == 0)
            name = pod["metadata"]["name"]
            if each.get("restartCount"):
                found.append((name, each["name"], True))
            if not well and "waiting" not in each.get("state", {}):
                found.append((name, each["name"], False))
    return found


def _asked(bench: Bench, namespace: str) -> Iterator[tuple[str, Any]]:
    cluster, where = bench.cluster, ["--namespace", namespace]
    yield "events", lambda: "\n".join(event_lines(cluster.list("v1", "Event", namespace)))
    yield "pods", lambda: bench.kubectl.ask(*where, "get", "pods", "--output", "wide")
    pods = _or_words(lambda: cluster.list("v1", "Pod", namespace))
    for pod, container, previous in worth_reading(pods if isinstance(pods, list) else ()):
        logs = [*where, "logs", pod, "--container", container, f"--tail={_LINES}"]
        logs += ["--previous"] if previous else []
        title = f"log of {container} in {pod}{', before it was restarted' if previous else ''}"
        yield title, lambda logs=logs: bench.kubectl.ask(*logs)
    if namespace == NAMESPACE:
        for component in _COMPONENTS:
            selector = f"--selector=release=airflow,component={component}"
            logs = [*where, "logs", selector, "--container", component, f"--tail={_LINES}"]
            yield f"log of the {component}", lambda logs=logs: bench.kubectl.ask(*logs)


def _task_logs(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Of runs that did not end well, every try."""
    api = Api(bench.forward.address, bench.forward.close, patience=_PATIENCE)
    well = {each.run.id for each in bench.runs.ended if each.state == "success"}
    try:
        status = _or_words(lambda: api.log_in(bench.settings().admin.username, bench.password()))
        for run in bench.runs.begun if status == _CREATED else ():
            if run.id in well:
                continue
            tasks = _or_words(lambda run=run: api.tasks(run.dag, run.id))
            for task in tasks if isinstance(tasks, list) else ():
                for number in range(1, task.number + 1):
                    at = (run.dag, run.id, task.task, number)
                    title = f"log of {task.task} in run {run.id}, try {number} ({task.state})"
                    yield title, lambda at=at: "\n".join(api.log(*at).splitlines()[-_LINES:])
    finally:
        api.close()


def _or_words(ask: Any) -> Any:
    try:
        return ask()
    except (UserError, HTTPError, OSError, KeyError, ValueError) as error:
        return f"can't be had: {error}"


def _text(found: Any) -> str:
    return str(found).rstrip() or "none"
