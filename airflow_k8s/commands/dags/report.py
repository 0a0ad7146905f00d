"""DAGs as text, their graphs in Mermaid, and their pods as YAML. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from airflow_k8s.commands.dags.reading import Dag, Manifest, Reading, Task


def lines(reading: Reading) -> Iterator[str]:
    """The DAGs with their tasks and pods, then the problems."""
    for dag in reading.dags:
        yield f"{dag.name}  {_schedule(dag)}  {dag.file}"
        for task in dag.tasks:
            yield from _task(task)
        yield ""
    if reading.dags and reading.logical_date:
        yield f"templates are rendered for the logical date {reading.logical_date}"
    yield from problems(reading)


def problems(reading: Reading) -> Iterator[str]:
    """One line for every import error and every warning of a DAG file."""
    for file, message in reading.errors.items():
        yield f"{file} can't be imported:"
        yield from (f"  {line}" for line in message.strip().splitlines())
    for file, warnings in reading.warnings.items():
        for warning in warnings:
            yield f"{file}: {warning.strip()}"


def manifests(reading: Reading) -> str:
    """The manifests of all pods as a YAML stream."""
    pods = [pod for dag in reading.dags for task in dag.tasks for pod in _pods(task)]
    return yaml.safe_dump_all(pods, sort_keys=False)


def mermaid(dag: Dag) -> str:
    """The graph of a DAG in Mermaid, a language that GitHub renders."""
    boxes = [f'  {t.name}["<b>{t.name}</b><br/>{_box(t)}"]' for t in dag.tasks]
    arrows = [f"  {before} --> {t.name}" for t in dag.tasks for before in t.after]
    return "\n".join(["flowchart LR", *boxes, *arrows])


def _schedule(dag: Dag) -> str:
    schedule = f"schedule {dag.schedule!r}" if dag.schedule else "no schedule"
    start = f", start date {dag.start}" if dag.start else ""
    return f"{schedule}{start}, {'with' if dag.catchup else 'without'} catchup"


def _task(task: Task) -> Iterator[str]:
    after = f", after {', '.join(task.after)}" if task.after else ""
    retries = f"; {task.retries} retries, {task.retry_delay:.0f} s apart" if task.retries else ""
    yield f"  {task.name}  {task.operator}{after}{retries}"
    for pod, label in ((task.worker, "worker pod"), (task.pod, "operator pod")):
        if pod:
            ends = ", ends when the task is deferred" if task.deferrable else ""
            note = ends if pod is task.worker else ""
            yield f"    {label}{note}: {_image(pod)}, {_resources(pod)}{_nodes(pod)}"
    working_pod = task.pod or task.worker
    container = working_pod["spec"]["containers"][0]
    if task.pod:
        command = [*(container.get("command") or []), *(container.get("args") or [])]
        yield f"      {' '.join(command)}"
    yield from (f"      {line}" for line in _environment(container))
    yield from (f"      {line}" for line in _volumes(working_pod))
    account = working_pod["spec"].get("serviceAccountName", "default")
    token = working_pod["spec"].get("automountServiceAccountToken") is not False
    yield f"      service account {account}, {'with' if token else 'without'} its token"
    if task.note:
        yield f"    {task.note}"


def _pods(task: Task) -> list[Manifest]:
    return [pod for pod in (task.worker, task.pod) if pod]


def _box(task: Task) -> str:
    pod = task.pod or task.worker
    return f"{_image(pod)}<br/>{_resources(pod)}"


def _image(pod: Manifest) -> str:
    return str(pod["spec"]["containers"][0]["image"])


def _resources(pod: Manifest) -> str:
    resources = pod["spec"]["containers"][0].get("resources") or {}
    requests, limits = (resources.get(key) or {} for key in ("requests", "limits"))
    gpus = [f"{amount} {name}" for name, amount in limits.items() if "/" in name]
    return ", ".join(
        [
            f"requests {_cpu_and_memory(requests)}",
            f"limits {_cpu_and_memory(limits)}",
            *gpus,
        ]
    )


def _cpu_and_memory(amounts: Mapping[str, str]) -> str:
    named = [f"{name} {amounts[name]}" for name in ("cpu", "memory") if name in amounts]
    return ", ".join(named) or "none"


def _nodes(pod: Manifest) -> str:
    selector: dict[str, str] = pod["spec"].get("nodeSelector") or {}
    return "".join(f", on nodes {key}={value}" for key, value in selector.items())


def _environment(container: Any) -> Iterator[str]:
    for variable in container.get("env") or []:
        key = (variable.get("valueFrom") or {}).get("secretKeyRef")
        text = f"from Secret {key['name']}, key {key['key']}" if key else variable.get("value", "")
        yield f"{variable['name']} {text if key else json.dumps(text)}"


def _volumes(pod: Manifest) -> Iterator[str]:
    mounts = pod["spec"]["containers"][0].get("volumeMounts") or []
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"].get("volumes") or []
        if "persistentVolumeClaim" in volume
    }
    for mount in mounts:
        if mount["name"] in claims:
            yield f"{mount['mountPath']} from claim {claims[mount['name']]}"
