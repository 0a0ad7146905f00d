"""How much a stack asks of its namespace: what always runs, what a roll-out and the tasks add.

The chart's pods are counted here from the settings, so that the quota is known before anything is
rendered; a test counts the rendered pods and compares.
"""

from dataclasses import dataclass
from fractions import Fraction

from airflow_k8s.kube import quantity
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.airflow import Component, Resources
from airflow_k8s.stack.settings.model import Settings

_ZERO = Fraction(0)


@dataclass(frozen=True, kw_only=True)
class Sum:
    """Cores and bytes."""

    cpu: Fraction = _ZERO
    memory: Fraction = _ZERO
    memory_limit: Fraction = _ZERO

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            cpu=self.cpu + other.cpu,
            memory=self.memory + other.memory,
            memory_limit=self.memory_limit + other.memory_limit,
        )

    def __mul__(self, times: int) -> "Sum":
        return Sum(
            cpu=self.cpu * times,
            memory=self.memory * times,
            memory_limit=self.memory_limit * times,
        )


def of(*containers: Resources) -> Sum:
    """The sum of the containers of one pod."""
    total = Sum()
    for each in containers:
        total += Sum(
            cpu=quantity.parse(each.requests.cpu),
            memory=quantity.parse(each.requests.memory),
            memory_limit=quantity.parse(each.limits.memory),
        )
    return total


def pods(s: Settings) -> dict[str, tuple[int, Sum]]:
    """Each component's pods while no task runs: how many, and what one of them asks for."""
    git = [s.sidecars.git_sync] if s.dags.source == "git-sync" else []
    groomer = [s.sidecars.log_groomer]
    each_groomer = groomer if s.logs.store == "remote" else []

    def some(c: Component, *beside: Resources) -> tuple[int, Sum]:
        return c.replicas, of(c.resources, *beside)

    counted = {
        "api-server": some(s.api_server),
        "scheduler": some(s.scheduler, *groomer),
        "dag-processor": some(s.dag_processor, *git, *each_groomer),
        "triggerer": some(s.triggerer, *git, *each_groomer),
        "statsd": (1, of(s.statsd)),
    }
    instances = {"embedded": 1, "cloudnative-pg": s.database.instances, "external": 0}
    if instances[s.database.mode]:
        counted["database"] = (instances[s.database.mode], of(s.database.resources))
    return counted


def idle(s: Settings) -> Sum:
    """All pods while no task runs."""
    total = Sum()
    for count, one in pods(s).values():
        total += one * count
    return total


def surge(s: Settings) -> Sum:
    """What a roll-out adds at most: one more pod of everything, the Jobs, the clean-ups."""
    total = of(s.sidecars.job) * 4  # migration or admin, its retry, two CronJobs
    for _, one in pods(s).values():
        total += one
    return total


def tasks(s: Settings) -> Sum:
    """As many tasks as may run at once, each its worker pod and the largest task."""
    heavy, light = of(s.tasks.heavy), of(s.tasks.light)
    largest = Sum(
        cpu=max(heavy.cpu, light.cpu),
        memory=max(heavy.memory, light.memory),
        memory_limit=max(heavy.memory_limit, light.memory_limit),
    )
    return (of(s.tasks.worker) + largest) * s.tasks.parallelism


def quota(s: Settings) -> dict[str, str]:
    """The hard limits of the namespace's ResourceQuota."""
    total = idle(s) + surge(s) + tasks(s)
    return {
        "requests.cpu": quantity.cpu(total.cpu),
        "requests.memory": quantity.memory(total.memory),
        "limits.memory": quantity.memory(total.memory_limit),
        f"requests.{names.GPU}": str(s.gpu.count),
    }
