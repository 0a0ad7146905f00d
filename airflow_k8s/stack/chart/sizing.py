"""The resources that the pods of a stack request: all running pods, a rolling update, and tasks.

The pods of the chart are counted from the settings, so the quota is known before the chart is
rendered. A test compares the result with the rendered pods.
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
    """Requested cores, requested bytes of memory, and memory limit in bytes."""

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


def sum_of(*containers: Resources) -> Sum:
    """The sum over the containers of one pod."""
    total = Sum()
    for container in containers:
        total += Sum(
            cpu=quantity.parse(container.requests.cpu),
            memory=quantity.parse(container.requests.memory),
            memory_limit=quantity.parse(container.limits.memory),
        )
    return total


def pods(settings: Settings) -> dict[str, tuple[int, Sum]]:
    """The pods that run while no task runs: component → number of pods, and the sum of one pod."""
    git_sync = [settings.sidecars.git_sync] if settings.dags.source == "git-sync" else []
    log_groomer = [settings.sidecars.log_groomer]
    # On a shared log volume only the scheduler has a log groomer.
    own_log_groomer = log_groomer if settings.logs.store == "remote" else []

    def component_pods(component: Component, *sidecars: Resources) -> tuple[int, Sum]:
        return component.replicas, sum_of(component.resources, *sidecars)

    counted = {
        "api-server": component_pods(settings.api_server),
        "scheduler": component_pods(settings.scheduler, *log_groomer),
        "dag-processor": component_pods(settings.dag_processor, *git_sync, *own_log_groomer),
        "triggerer": component_pods(settings.triggerer, *git_sync, *own_log_groomer),
        "statsd": (1, sum_of(settings.statsd)),
    }
    database = settings.database
    instances = {"embedded": 1, "cloudnative-pg": database.instances, "external": 0}[database.mode]
    if instances:
        counted["database"] = (instances, sum_of(database.resources))
    return counted


def idle(settings: Settings) -> Sum:
    """All pods that run while no task runs."""
    total = Sum()
    for count, pod in pods(settings).values():
        total += pod * count
    return total


def surge(settings: Settings) -> Sum:
    """The largest addition by a rolling update: one more pod of every component, and the Jobs."""
    total = sum_of(settings.sidecars.job) * 4  # migration or admin user, its retry, two CronJobs
    for _, pod in pods(settings).values():
        total += pod
    return total


def tasks(settings: Settings) -> Sum:
    """As many tasks as can run in parallel, every one with its worker pod and the largest task
    pod."""
    heavy, light = sum_of(settings.tasks.heavy), sum_of(settings.tasks.light)
    largest = Sum(
        cpu=max(heavy.cpu, light.cpu),
        memory=max(heavy.memory, light.memory),
        memory_limit=max(heavy.memory_limit, light.memory_limit),
    )
    return (sum_of(settings.tasks.worker) + largest) * settings.tasks.parallelism


def quota(settings: Settings) -> dict[str, str]:
    """The hard limits of the namespace's ResourceQuota."""
    total = idle(settings) + surge(settings) + tasks(settings)
    return {
        "requests.cpu": quantity.cpu(total.cpu),
        "requests.memory": quantity.memory(total.memory),
        "limits.memory": quantity.memory(total.memory_limit),
        f"requests.{names.GPU}": str(settings.gpu.count),
    }
