"""DAGs as a person reads them, as a picture's text, and their pods as manifests. Pure."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from airflow_k8s.commands.dags.reading import Dag, Manifest, Reading, Task


def lines(reading: Reading) -> Iterator[str]:
    """Each DAG, its tasks and what runs them; then what is wrong."""
    for dag in reading.dags:
        yield f"{dag.name}  {_when(dag)}  {dag.file}"
        for task in dag.tasks:
            yield from _task(task)
        yield ""
    yield from problems(reading)


def problems(reading: Reading) -> Iterator[str]:
    """What keeps DAG files from being read, and what is warned of."""
    for file, words in reading.errors.items():
        yield f"{file} can't be imported:"
        yield from (f"  {line}" for line in words.strip().splitlines())
    for file, warnings in reading.warnings.items():
        for words in warnings:
            yield f"{file}: {words.strip()}"


def manifests(reading: Reading) -> str:
    """All pods as one YAML stream, as the API server would get them."""
    pods = [pod for dag in reading.dags for task in dag.tasks for pod in _pods(task)]
    return yaml.safe_dump_all(pods, sort_keys=False)


def mermaid(dag: Dag) -> str:
    """The graph in Mermaid, which GitHub draws."""
    boxes = [f'  {t.name}["<b>{t.name}</b><br/>{_box(t)}"]' for t in dag.tasks]
    arrows = [f"  {before} --> {t.name}" for t in dag.tasks for before in t.after]
    return "\n".join(["flowchart LR", *boxes, *arrows])


def _when(dag: Dag) -> str:
    schedule = f"on {dag.schedule!r}" if dag.schedule else "when triggered"
    start = f" from {dag.start}" if dag.start else ""
    return f"{schedule}{start}, {'with' if dag.catchup else 'no'} catch-up"


def _task(task: Task) -> Iterator[str]:
    after = f", after {', '.join(task.after)}" if task.after else ""
    retries = f"; {task.retries} retries, {task.retry_delay:.0f} s apart" if task.retries else ""
    yield f"  {task.name}  {task.operator}{after}{retries}"
    for pod, told in ((task.worker, "worker pod"), (task.pod, "its own pod")):
        if pod:
            went = ", gone while the other works" if pod is task.worker and task.deferrable else ""
            yield f"    {told}{went}: {_image(pod)}, {_resources(pod)}{_place(pod)}"
    works = task.pod or task.worker
    container = works["spec"]["containers"][0]
    if task.pod:
        command = [*(container.get("command") or []), *(container.get("args") or [])]
        yield f"      {' '.join(command)}"
    yield from (f"      {each}" for each in _environment(container))
    yield from (f"      {each}" for each in _volumes(works))
    account = works["spec"].get("serviceAccountName", "default")
    token = works["spec"].get("automountServiceAccountToken") is not False
    yield f"      as {account}, {'with' if token else 'without'} a token for the cluster"
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
    asked, most = (resources.get(key) or {} for key in ("requests", "limits"))
    gpus = [f"{amount} {name}" for name, amount in most.items() if "/" in name]
    limits = " / ".join(most[name] for name in ("cpu", "memory") if name in most)
    requests = " / ".join(asked[name] for name in ("cpu", "memory") if name in asked)
    return ", ".join([requests or "nothing asked", f"at most {limits or 'anything'}", *gpus])


def _place(pod: Manifest) -> str:
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
