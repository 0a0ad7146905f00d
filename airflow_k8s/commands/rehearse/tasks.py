"""Task pods as Airflow itself would start them. Pure: DAGs in, manifests out."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.stack.settings import names

# Labels by which the executor recognizes its pods. It deletes those that have terminated.
_EXECUTOR_LABELS = ("airflow-worker", "kubernetes_executor")
_ACTIONS = ("args", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
WITHOUT_TOLERATION = "GPU pod without toleration"


@dataclass(frozen=True, kw_only=True)
class TaskPod:
    """A pod that the trial creates, and its expected outcome."""

    name: str
    manifest: Manifest
    expected: Literal["runs", "pending"] = "runs"


def task_pods(reading: Reading) -> list[TaskPod]:
    """The pods to try: the worker pod of each task, and the pod that the task itself starts.

    If several pods have the same requirements, only one of them is tried. If a task requests a GPU,
    one more pod selects the GPU nodes but lacks the toleration. It is expected to stay pending.
    """
    groups: dict[str, list[TaskPod]] = {}
    for pod in _all(reading):
        groups.setdefault(_requirements(pod.manifest), []).append(pod)
    pods = [
        replace(first, name=f"{first.name} and {len(others)} identical") if others else first
        for first, *others in groups.values()
    ]
    for_gpus = next((pod for pod in pods if _requests_gpus(pod.manifest)), None)
    return [*pods, _without_toleration(for_gpus)] if for_gpus else pods


def notes(reading: Reading) -> Iterator[tuple[str, str]]:
    """Yields (subject, message): Airflow's warnings about DAG files, and the notes about tasks.

    A task has a note if its pod in a run may differ from the pod that is tried.
    """
    for file, warnings in reading.warnings.items():
        yield from ((file, message.strip()) for message in warnings)
    for dag in reading.dags:
        yield from ((f"{dag.name}.{task.name}", task.note) for task in dag.tasks if task.note)


def without_program(pod: TaskPod) -> TaskPod:
    """The pod with `true` as its program, and without the labels of the executor.

    On a cluster with real nodes a rehearsal must not change data, and the Airflow of that cluster
    must not treat the pod as its own.
    """
    manifest: Any = copy.deepcopy(pod.manifest)
    for label in _EXECUTOR_LABELS:
        manifest["metadata"].get("labels", {}).pop(label, None)
    spec = manifest["spec"]
    for container in [*(spec.get("initContainers") or ()), *spec["containers"]]:
        for action in _ACTIONS:
            container.pop(action, None)
        container["command"] = ["true"]
    return replace(pod, manifest=manifest)


def _all(reading: Reading) -> Iterator[TaskPod]:
    for dag in reading.dags:
        for task in dag.tasks:
            if task.pod:
                yield TaskPod(name=f"{dag.name}.{task.name}", manifest=task.pod)
            yield TaskPod(name=f"{dag.name}.{task.name} (worker)", manifest=task.worker)


def _requirements(manifest: Manifest) -> str:
    """What a pod requires of the cluster: its spec without commands and literal variables."""
    spec: Any = copy.deepcopy(manifest["spec"])
    for container in spec["containers"]:
        container.pop("args", None)
        container.pop("command", None)
        variables = container.get("env") or []
        container["env"] = [variable for variable in variables if "valueFrom" in variable]
    return json.dumps(spec, sort_keys=True)


def _requests_gpus(manifest: Manifest) -> bool:
    return any(
        names.GPU in (container.get("resources") or {}).get("limits", {})
        for container in manifest["spec"]["containers"]
    )


def _without_toleration(pod: TaskPod) -> TaskPod:
    manifest: Any = copy.deepcopy(pod.manifest)
    manifest["metadata"]["name"] = "gpu-nodes-without-toleration"
    manifest["spec"].pop("tolerations", None)
    for container in manifest["spec"]["containers"]:
        limits = (container.get("resources") or {}).get("limits", {})
        limits.pop(names.GPU, None)  # otherwise a missing GPU could be the reason
    return TaskPod(name=WITHOUT_TOLERATION, manifest=manifest, expected="pending")
