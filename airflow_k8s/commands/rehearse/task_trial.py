"""Creates task pods for a short time: on which node each one runs, or why it does not run."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_k8s.commands.rehearse import report_builder
from airflow_k8s.commands.rehearse.report import Task
from airflow_k8s.commands.rehearse.tasks import TaskPod
from airflow_k8s.commands.rehearse.troubles import find_troubles
from airflow_k8s.kube import quantity
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.conditions import condition, condition_message
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.state import ClusterState

_TIMEOUT_FACTOR = 10  # times the idle timeout: other objects may keep the cluster busy
_QUOTA_TIMEOUT = 10  # seconds until the quota controller notices deleted pods
_PAUSE = 0.1  # seconds between two reads of the quota


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """The outcome of all task pods."""

    tasks: Sequence[Task]
    peak: Mapping[str, str]  # the maximum that was used of each resource of the quota
    states: Sequence[ClusterState]  # of the cluster while the pods of each batch existed


@dataclass(frozen=True, kw_only=True)
class _Batch:
    """The outcome of pods that were tried together."""

    tasks: Sequence[Task]
    quota: Mapping[str, tuple[str, str]]  # used and hard by resource
    state: ClusterState


def try_all(
    cluster: Cluster,
    poller: Poller,
    pods: Sequence[TaskPod],
    *,
    concurrency: int,
    idle_timeout: float,
    namespace: str,
) -> TrialResult:
    """Tries the pods in batches of `concurrency` pods: the quota allows no more at the same
    time."""
    before = _used(cluster, namespace)
    peak, tasks, states = dict(before), list[Task](), list[ClusterState]()
    for start in range(0, len(pods), concurrency):
        if start:
            _wait_for_quota(cluster, namespace, before)
        pods_of_batch = pods[start : start + concurrency]
        batch = _try_batch(
            cluster, poller, pods_of_batch, idle_timeout=idle_timeout, namespace=namespace
        )
        tasks += batch.tasks
        states.append(batch.state)
        for resource, (used, _) in batch.quota.items():
            peak[resource] = max(peak.get(resource, "0"), used, key=quantity.parse)
    return TrialResult(tasks=tasks, peak=peak, states=states)


def quota(cluster: Cluster, namespace: str) -> dict[str, tuple[str, str]]:
    """Resource -> (used, hard), from all ResourceQuotas of a namespace."""
    return {
        key: (item["status"].get("used", {}).get(key, "0"), hard)
        for item in cluster.list("v1", "ResourceQuota", namespace)
        for key, hard in item.get("status", {}).get("hard", {}).items()
    }


def _used(cluster: Cluster, namespace: str) -> dict[str, str]:
    return {resource: used for resource, (used, _) in quota(cluster, namespace).items()}


def _wait_for_quota(cluster: Cluster, namespace: str, before: Mapping[str, str]) -> None:
    """Waits until the quota no longer counts the pods of the previous batch."""
    deadline = time.monotonic() + _QUOTA_TIMEOUT
    while _used(cluster, namespace) != before and time.monotonic() < deadline:
        time.sleep(_PAUSE)


def _try_batch(
    cluster: Cluster,
    poller: Poller,
    pods: Sequence[TaskPod],
    *,
    idle_timeout: float,
    namespace: str,
) -> _Batch:
    """Creates the pods and waits for their outcome. Deletes them at the end, also after an
    error."""
    refused: dict[str, str] = {}
    try:
        for pod in pods:
            try:
                cluster.create(pod.manifest)
            except ApiError as error:
                refused[pod.name] = str(error)
        poller.reset_idle()
        created = [pod for pod in pods if pod.name not in refused]
        state = _wait(poller, created, idle_timeout)
        pools = {node["metadata"]["name"]: report_builder.pool(node) for node in state.of("Node")}
        return _Batch(
            tasks=[_task(pod, refused.get(pod.name, ""), state, pools) for pod in pods],
            quota=quota(cluster, namespace),
            state=state,
        )
    finally:
        for pod in pods:
            cluster.delete(pod.manifest, now=True)


def _wait(poller: Poller, pods: Sequence[TaskPod], idle_timeout: float) -> ClusterState:
    """The state of the cluster when all pods have their outcome, or a timeout has passed."""
    deadline = time.monotonic() + _TIMEOUT_FACTOR * idle_timeout
    while True:
        state = poller.next_state()
        settled = all(_has_outcome(pod, state) for pod in pods)
        if settled or poller.idle_seconds > idle_timeout or time.monotonic() > deadline:
            return state


def _live(pod: TaskPod, state: ClusterState) -> Manifest:
    """The pod on the cluster; empty if it does not exist."""
    metadata = pod.manifest["metadata"]
    return state.find("Pod", metadata["name"], metadata["namespace"]) or {}


def _has_outcome(pod: TaskPod, state: ClusterState) -> bool:
    live = _live(pod, state)
    if not live:
        return False
    if pod.expected == "pending":
        return bool(live["spec"].get("nodeName")) or condition(live, "PodScheduled") == "False"
    return _runs(live) or _has_fatal_trouble(live, state)


def _runs(live: Manifest) -> bool:
    """Whether the containers of the pod were started.

    An IP address is no sign of that: the pod gets it before its images are pulled.
    """
    return live.get("status", {}).get("phase", "Pending") != "Pending"


def _has_fatal_trouble(live: Manifest, state: ClusterState) -> bool:
    metadata = live["metadata"]
    return any(
        trouble.fatal and (trouble.kind, trouble.name) == ("Pod", metadata["name"])
        for trouble in find_troubles(state, metadata["namespace"])
    )


def _task(pod: TaskPod, refusal: str, state: ClusterState, pools: Mapping[str, str]) -> Task:
    if refusal:
        return Task(name=pod.name, outcome="refused", expected=pod.expected, message=refusal)
    live = _live(pod, state)
    if not live:
        return Task(name=pod.name, outcome="pending", expected=pod.expected)
    node = live["spec"].get("nodeName", "")
    if _runs(live) or (node and pod.expected == "pending"):
        pool = pools.get(node, "")
        return Task(name=pod.name, outcome="runs", expected=pod.expected, node=node, pool=pool)
    message = condition_message(live, "PodScheduled") or report_builder.why_not_ready(live, state)
    return Task(name=pod.name, outcome="pending", expected=pod.expected, node=node, message=message)
