"""Tries task pods on the platform: where each lands, or why it does not."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_k8s.commands.rehearse import report_builder
from airflow_k8s.commands.rehearse.annotations import pending_message
from airflow_k8s.commands.rehearse.report import Task
from airflow_k8s.commands.rehearse.tasks import TaskPod
from airflow_k8s.kube import quantity
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.conditions import condition, condition_message
from airflow_k8s.kube.diagnosis import troubles
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.state import ClusterState

_IDLE_TIMEOUT = 10  # times the idle_timeout with which nothing moves: other things may
_GIVEN_BACK = 10  # seconds for a quota to be given back


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """What became of task pods."""

    tasks: Sequence[Task]
    peak: Mapping[str, str]
    """The most of each resource of the quota that was used."""
    worlds: Sequence[ClusterState]
    """As it was with each lot of them."""


def try_all(
    cluster: Cluster,
    observer: Poller,
    pods: Sequence[TaskPod],
    *,
    at_once: int,
    idle_timeout: float,
    namespace: str,
) -> TrialResult:
    """Tries them in lots, as many at once as tasks may run: the quota is sized for that."""
    before = _used(cluster, namespace)
    peak, tasks, worlds = dict(before), list[Task](), list[ClusterState]()
    for start in range(0, len(pods), at_once):
        latest = time.monotonic() + _GIVEN_BACK
        while start and _used(cluster, namespace) != before and time.monotonic() < latest:
            time.sleep(0.1)  # else the lot finds the quota full of the one before
        lot = pods[start : start + at_once]
        tried, busy, world = try_tasks(
            cluster, observer, lot, idle_timeout=idle_timeout, namespace=namespace
        )
        tasks += tried
        worlds.append(world)
        for resource, (used, _) in busy.items():
            peak[resource] = max(peak.get(resource, "0"), used, key=quantity.parse)
    return TrialResult(tasks=tasks, peak=peak, worlds=worlds)


def _used(cluster: Cluster, namespace: str) -> dict[str, str]:
    return {resource: used for resource, (used, _) in quota(cluster, namespace).items()}


def try_tasks(
    cluster: Cluster,
    observer: Poller,
    pods: Sequence[TaskPod],
    *,
    idle_timeout: float,
    namespace: str,
) -> tuple[list[Task], dict[str, tuple[str, str]], ClusterState]:
    """What became of each; the quota (used and hard, by resource) and the world with all of them.

    The pods are gone afterwards, however it ends.
    """
    refused: dict[str, str] = {}
    try:
        for pod in pods:
            try:
                cluster.create(pod.manifest)
            except ApiError as refusal:
                refused[pod.name] = str(refusal)
        observer.reset_idle()
        there = [pod for pod in pods if pod.name not in refused]
        latest = time.monotonic() + _IDLE_TIMEOUT * idle_timeout
        while True:
            world = observer.next_state()
            settled = all(_has_settled(pod, world) for pod in there)
            if settled or observer.idle_seconds > idle_timeout or time.monotonic() > latest:
                break
        pools = {node["metadata"]["name"]: report_builder.pool(node) for node in world.of("Node")}
        tasks = [_task(pod, refused.get(pod.name, ""), world, pools) for pod in pods]
        return tasks, quota(cluster, namespace), world
    finally:
        for pod in pods:
            cluster.delete(pod.manifest, now=True)


def quota(cluster: Cluster, namespace: str) -> dict[str, tuple[str, str]]:
    """Used and hard by resource, over the quotas of a namespace."""
    return {
        key: (each["status"].get("used", {}).get(key, "0"), hard)
        for each in cluster.list("v1", "ResourceQuota", namespace)
        for key, hard in each.get("status", {}).get("hard", {}).items()
    }


def _live(pod: TaskPod, world: ClusterState) -> Manifest:
    metadata = pod.manifest["metadata"]
    return world.find("Pod", metadata["name"], metadata["namespace"]) or {}


def _has_settled(pod: TaskPod, world: ClusterState) -> bool:
    live = _live(pod, world)
    if not live:
        return False
    if pod.expected == "pending":
        return bool(live["spec"].get("nodeName")) or condition(live, "PodScheduled") == "False"
    return _runs(live) or _is_hopeless(live, world)


def _runs(live: Manifest) -> bool:
    """Whether its containers were started: an address comes before an image does."""
    return live.get("status", {}).get("phase", "Pending") != "Pending"


def _is_hopeless(live: Manifest, world: ClusterState) -> bool:
    metadata = live["metadata"]
    return any(
        trouble.fatal and (trouble.kind, trouble.name) == ("Pod", metadata["name"])
        for trouble in troubles(world, metadata["namespace"], pending_message=pending_message)
    )


def _task(pod: TaskPod, refusal: str, world: ClusterState, pools: Mapping[str, str]) -> Task:
    if refusal:
        return Task(name=pod.name, outcome="refused", expected=pod.expected, words=refusal)
    live = _live(pod, world)
    if not live:
        return Task(name=pod.name, outcome="pending", expected=pod.expected)
    node = live["spec"].get("nodeName", "")
    if _runs(live) or (node and pod.expected == "pending"):
        pool = pools.get(node, "")
        return Task(name=pod.name, outcome="runs", expected=pod.expected, node=node, pool=pool)
    words = condition_message(live, "PodScheduled") or report_builder.why_not_ready(live, world)
    return Task(name=pod.name, outcome="pending", expected=pod.expected, node=node, words=words)
