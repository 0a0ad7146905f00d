"""Task pods as Airflow itself would start them. Pure: manifests out."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.stack.settings import names

_EXECUTORS = ("airflow-worker", "kubernetes_executor")
"""Labels by which the executor knows its pods; it deletes those that have ended."""


@dataclass(frozen=True, kw_only=True)
class TaskPod:
    """A pod to try, and what should become of it."""

    name: str
    manifest: Manifest
    expected: Literal["runs", "pending"] = "runs"


def task_pods(reading: Reading) -> list[TaskPod]:
    """The worker pod of each task and the pod that it starts itself; of those that ask the same of
    a cluster, one.

    Where a task asks for a GPU, also a pod that wants to its nodes and lacks the toleration: it has
    to stay off them.
    """
    alike: dict[str, list[TaskPod]] = {}
    for pod in _all(reading):
        alike.setdefault(_shape(pod.manifest), []).append(pod)
    pods = [
        replace(first, name=f"{first.name} and {len(others)} alike" if others else first.name)
        for first, *others in alike.values()
    ]
    for_gpus = next((pod for pod in pods if _asks_for_gpus(pod.manifest)), None)
    return [*pods, _intruder(for_gpus)] if for_gpus else pods


def not_as_it_runs(reading: Reading) -> Iterator[tuple[str, str]]:
    """What is not tried, or not as a run will have it, and what Airflow warns of: about what, and
    the words."""
    for file, warnings in reading.warnings.items():
        yield from ((file, words.strip()) for words in warnings)
    for dag in reading.dags:
        yield from ((f"{dag.name}.{task.name}", task.note) for task in dag.tasks if task.note)


def harmless(pod: TaskPod) -> TaskPod:
    """The pod with nothing to do, and not known to a scheduler: where containers really run, a
    rehearsal changes no data, and the Airflow there takes it for none of its own."""
    manifest: Any = copy.deepcopy(pod.manifest)
    for label in _EXECUTORS:
        manifest["metadata"].get("labels", {}).pop(label, None)
    spec = manifest["spec"]
    for container in [*(spec.get("initContainers") or ()), *spec["containers"]]:
        for acts in ("args", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            container.pop(acts, None)
        container["command"] = ["true"]
    return replace(pod, manifest=manifest)


def _all(reading: Reading) -> Iterator[TaskPod]:
    for dag in reading.dags:
        for task in dag.tasks:
            if task.pod:
                yield TaskPod(name=f"{dag.name}.{task.name}", manifest=task.pod)
            yield TaskPod(name=f"{dag.name}.{task.name} (worker)", manifest=task.worker)


def _shape(manifest: Manifest) -> str:
    """What a pod asks of a cluster, without what its containers are told to do."""
    spec: Any = copy.deepcopy(manifest["spec"])
    for container in spec["containers"]:
        container.pop("args", None)
        container.pop("command", None)
        container["env"] = [each for each in container.get("env") or [] if "valueFrom" in each]
    return json.dumps(spec, sort_keys=True)


def _asks_for_gpus(manifest: Manifest) -> bool:
    return any(
        names.GPU in (container.get("resources") or {}).get("limits", {})
        for container in manifest["spec"]["containers"]
    )


def _intruder(pod: TaskPod) -> TaskPod:
    manifest: Any = copy.deepcopy(pod.manifest)
    manifest["metadata"]["name"] = "gpu-nodes-without-toleration"
    manifest["spec"].pop("tolerations", None)
    for container in manifest["spec"]["containers"]:
        limits = (container.get("resources") or {}).get("limits", {})
        limits.pop(names.GPU, None)  # else no GPU would be the reason
    return TaskPod(name="GPU nodes, no toleration", manifest=manifest, expected="pending")
