"""What a stack asks for, and what that costs in a month. Pure: objects and prices in.

Requests are what counts: the scheduler sets them aside whether they are used or not, so nodes are
bought for them. What a node itself takes, and what of it stays empty, is not in it.
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
"""Of a month, as clouds count them."""
_GIB = 1024**3
_QUOTA = "ResourceQuota"


@dataclass(frozen=True, kw_only=True)
class Amount:
    """Cores, bytes, GPUs, and bytes on volumes."""

    cpu: Fraction = Fraction(0)
    memory: Fraction = Fraction(0)
    cpu_limit: Fraction = Fraction(0)  # of the containers that have one
    memory_limit: Fraction = Fraction(0)
    gpus: Fraction = Fraction(0)
    storage: Fraction = Fraction(0)

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(**{k: v + vars(other)[k] for k, v in vars(self).items()})

    def __mul__(self, times: int) -> "Amount":
        return Amount(**{k: v * times for k, v in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """A stack's, while no task runs, and what tasks add."""

    components: Mapping[str, Amount]  # by component, in the order of the objects
    pods: Mapping[str, int]
    task: Amount  # the executor's worker pod and the larger task pod beside it
    tasks: int  # as many as may run at once
    gpus: int  # that tasks may hold at once
    knows_tasks: bool  # a revision from before DAGs were told of sizes does not

    @property
    def idle(self) -> Amount:
        """While no task runs."""
        return sum(self.components.values(), Amount())

    def running(self, tasks: int) -> Amount:
        """While so many tasks run, as many of them with a GPU as there may be."""
        return self.idle + self.task * tasks + Amount(gpus=Fraction(min(self.gpus, tasks)))


def footprint(objects: Sequence[Object]) -> Footprint:
    """Of all that always runs, and of the volumes that are claimed."""
    components: dict[str, Amount] = {}
    pods: dict[str, int] = {}
    for each in objects:
        name = each.part or each.component
        count = _always(each)
        amount = _of_pod(each) * count + Amount(storage=_storage(each))
        if amount != Amount():
            components[name] = components.get(name, Amount()) + amount
            pods[name] = pods.get(name, 0) + count
    facts = _facts(objects)
    worker = next((_of_pod(each) for each in objects if each.origin == TASK), Amount())
    return Footprint(
        components=components,
        pods=pods,
        task=worker + _larger(facts),
        tasks=_at_once(objects),
        gpus=_gpus(objects),
        knows_tasks=bool(facts),
    )


def monthly(amount: Amount, prices: Prices) -> Fraction:
    """The price of a month in which it is there all the time, in the prices' currency."""
    hourly = (
        amount.cpu * Fraction(str(prices.vcpu_hour))
        + amount.memory / _GIB * Fraction(str(prices.gib_hour))
        + amount.gpus * Fraction(str(prices.gpu_hour))
    )
    return hourly * HOURS + amount.storage / _GIB * Fraction(str(prices.gib_month))


def _always(each: Object) -> int:
    if not each.pods or each.origin == TASK or each.kind in ("Job", "CronJob", "Pod"):
        return 0
    return each.pods.replicas


def _of_pod(each: Object) -> Amount:
    if not each.pods:
        return Amount()
    limits = [c.limits for c in each.pods.containers if not c.before]
    return Amount(
        cpu=each.pods.request("cpu"),
        memory=each.pods.request("memory"),
        gpus=each.pods.request(names.GPU),
        cpu_limit=_sum(limits, "cpu"),
        memory_limit=_sum(limits, "memory"),
    )


def _sum(amounts: Sequence[Mapping[str, Any]], resource: str) -> Fraction:
    found = (quantity.parse(str(each.get(resource, "0"))) for each in amounts)
    return sum(found, Fraction(0))


def _storage(each: Object) -> Fraction:
    spec = each.manifest.get("spec") or {}
    if each.kind == "PersistentVolumeClaim":
        return quantity.parse(spec["resources"]["requests"]["storage"])
    if each.kind == "StatefulSet":
        claims = [
            quantity.parse(claim["spec"]["resources"]["requests"]["storage"])
            for claim in spec.get("volumeClaimTemplates") or []
        ]
        return sum(claims, Fraction(0)) * _always(each)
    if each.kind == "Cluster":
        return quantity.parse(spec["storage"]["size"]) * _always(each)
    return Fraction(0)


def _facts(objects: Sequence[Object]) -> Mapping[str, Any]:
    for each in objects:
        if each.kind == "ConfigMap" and each.name == names.DAG_FACTS:
            return json.loads(each.manifest["data"][names.DAG_FACTS_FILE])
    return {}


def _larger(facts: Mapping[str, Any]) -> Amount:
    """The largest pod that a task starts, as the DAGs are told of it."""
    sizes = [
        Amount(
            cpu=quantity.parse(size["requests"]["cpu"]),
            memory=quantity.parse(size["requests"]["memory"]),
            cpu_limit=quantity.parse(str(size["limits"].get("cpu", "0"))),
            memory_limit=quantity.parse(size["limits"]["memory"]),
        )
        for size in (facts.get("sizes") or {}).values()
    ]
    return max(sizes, key=lambda a: (a.cpu, a.memory), default=Amount())


def _gpus(objects: Sequence[Object]) -> int:
    """What the namespace's quota admits."""
    hard = next((each.manifest["spec"]["hard"] for each in objects if each.kind == _QUOTA), {})
    return int(quantity.parse(str(hard.get(f"requests.{names.GPU}", "0"))))


def _at_once(objects: Sequence[Object]) -> int:
    """`parallelism` in airflow.cfg counts for each scheduler."""
    schedulers = sum(_always(each) for each in objects if each.part == "scheduler")
    for each in objects:
        text = (each.manifest.get("data") or {}).get("airflow.cfg")
        for line in str(text or "").splitlines() if each.kind == "ConfigMap" else ():
            key, _, value = line.partition("=")
            if key.strip() == "parallelism" and value.strip().isdigit():
                return int(value) * schedulers
    return 0
