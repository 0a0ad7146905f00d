"""What a stack requests, and what that costs in a month. Pure: objects and prices in.

Only requests count: the scheduler reserves them whether pods use them or not, so they decide how
many nodes a cluster needs. Not included are what a node reserves for itself and what stays free on
it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from airflow_k8s.kube import quantity
from airflow_k8s.rendering.manifests import TASK, Object
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.cluster import Prices

HOURS = 730
"""Hours in a month, as clouds calculate prices."""
_GIB = 1024**3


@dataclass(frozen=True, kw_only=True)
class Amount:
    """Resources of some pods and volumes: cores, bytes, and GPUs."""

    cpu: Fraction = Fraction(0)
    memory: Fraction = Fraction(0)
    cpu_limit: Fraction = Fraction(0)  # only of containers with a limit
    memory_limit: Fraction = Fraction(0)
    gpus: Fraction = Fraction(0)
    storage: Fraction = Fraction(0)  # on volumes

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(**{k: v + vars(other)[k] for k, v in vars(self).items()})

    def __mul__(self, times: int) -> "Amount":
        return Amount(**{k: v * times for k, v in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """What a stack requests while no task runs, and what its tasks add."""

    components: Mapping[str, Amount]  # by component, in the order of the objects
    pods: Mapping[str, int]  # the number of pods, by component
    task: Amount  # of one task: the executor's worker pod and the largest pod that it starts
    max_tasks: int  # that run at the same time
    max_gpus: int  # that all tasks together may hold
    task_sizes_known: bool  # old revisions do not declare the sizes of task pods

    @property
    def idle(self) -> Amount:
        """All components together, while no task runs."""
        return sum(self.components.values(), Amount())

    def running(self, tasks: int) -> Amount:
        """While this number of tasks runs; as many of them have a GPU as the quota admits."""
        return self.idle + self.task * tasks + Amount(gpus=Fraction(min(self.max_gpus, tasks)))


def footprint(objects: Sequence[Object]) -> Footprint:
    """The footprint of a stack's objects: pods that always run, claimed volumes, and tasks."""
    components: dict[str, Amount] = {}
    pods: dict[str, int] = {}
    for obj in objects:
        name = obj.part or obj.component
        count = _permanent_pods(obj)
        amount = _of_pod(obj) * count + Amount(storage=_storage(obj))
        if amount != Amount():
            components[name] = components.get(name, Amount()) + amount
            pods[name] = pods.get(name, 0) + count
    facts = _dag_facts(objects)
    worker = next((_of_pod(obj) for obj in objects if obj.origin == TASK), Amount())
    return Footprint(
        components=components,
        pods=pods,
        task=worker + _largest_task_pod(facts),
        max_tasks=_max_tasks(objects),
        max_gpus=_max_gpus(objects),
        task_sizes_known=bool(facts),
    )


def monthly(amount: Amount, prices: Prices) -> Fraction:
    """The price of a month in which the amount is requested all the time, in the currency of the
    prices."""
    hourly = (
        amount.cpu * Fraction(str(prices.vcpu_hour))
        + amount.memory / _GIB * Fraction(str(prices.gib_hour))
        + amount.gpus * Fraction(str(prices.gpu_hour))
    )
    return hourly * HOURS + amount.storage / _GIB * Fraction(str(prices.gib_month))


def _permanent_pods(obj: Object) -> int:
    """How many pods of the object always run; those of Jobs and of tasks do not."""
    if not obj.pods or obj.origin == TASK or obj.kind in ("Job", "CronJob", "Pod"):
        return 0
    return obj.pods.replicas


def _of_pod(obj: Object) -> Amount:
    """What one pod of the object requests, and the limits of its containers."""
    if not obj.pods:
        return Amount()
    limits = [c.limits for c in obj.pods.containers if not c.is_init]
    return Amount(
        cpu=obj.pods.request("cpu"),
        memory=obj.pods.request("memory"),
        gpus=obj.pods.request(names.GPU),
        cpu_limit=_sum(limits, "cpu"),
        memory_limit=_sum(limits, "memory"),
    )


def _sum(amounts: Sequence[Mapping[str, Any]], resource: str) -> Fraction:
    found = (quantity.parse(str(amount.get(resource, "0"))) for amount in amounts)
    return sum(found, Fraction(0))


def _storage(obj: Object) -> Fraction:
    """Bytes on the volumes that the object claims."""
    spec = obj.manifest.get("spec") or {}
    if obj.kind == "PersistentVolumeClaim":
        return quantity.parse(spec["resources"]["requests"]["storage"])
    if obj.kind == "StatefulSet":
        claims = [
            quantity.parse(claim["spec"]["resources"]["requests"]["storage"])
            for claim in spec.get("volumeClaimTemplates") or []
        ]
        return sum(claims, Fraction(0)) * _permanent_pods(obj)
    if obj.kind == "Cluster":
        return quantity.parse(spec["storage"]["size"]) * _permanent_pods(obj)
    return Fraction(0)


def _dag_facts(objects: Sequence[Object]) -> Mapping[str, Any]:
    """What the platform publishes for DAGs; empty at old revisions, which published nothing."""
    for obj in objects:
        if obj.kind == "ConfigMap" and obj.name == names.DAG_FACTS:
            return json.loads(obj.manifest["data"][names.DAG_FACTS_FILE])
    return {}


def _largest_task_pod(facts: Mapping[str, Any]) -> Amount:
    """The largest pod that a task starts, by the sizes that are published for DAGs."""
    sizes = [
        Amount(
            cpu=quantity.parse(size["requests"]["cpu"]),
            memory=quantity.parse(size["requests"]["memory"]),
            cpu_limit=quantity.parse(str(size["limits"].get("cpu", "0"))),
            memory_limit=quantity.parse(size["limits"]["memory"]),
        )
        for size in (facts.get("sizes") or {}).values()
    ]
    return max(sizes, key=lambda size: (size.cpu, size.memory), default=Amount())


def _max_gpus(objects: Sequence[Object]) -> int:
    """The GPUs that the namespace's quota admits."""
    quotas = (obj.manifest["spec"]["hard"] for obj in objects if obj.kind == "ResourceQuota")
    hard: Mapping[str, Any] = next(quotas, {})
    return int(quantity.parse(str(hard.get(f"requests.{names.GPU}", "0"))))


def _max_tasks(objects: Sequence[Object]) -> int:
    """The tasks that run at the same time: `parallelism` in airflow.cfg is for each scheduler."""
    schedulers = sum(_permanent_pods(obj) for obj in objects if obj.part == "scheduler")
    for obj in objects:
        text = (obj.manifest.get("data") or {}).get("airflow.cfg")
        for line in str(text or "").splitlines() if obj.kind == "ConfigMap" else ():
            key, _, value = line.partition("=")
            if key.strip() == "parallelism" and value.strip().isdigit():
                return int(value) * schedulers
    return 0
