"""What is known about pods after repeated polls of the cluster. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

_TASK_CONTAINER = "base"  # Airflow's name for the container that does a task's work


@dataclass(frozen=True, kw_only=True)
class PodRecord:
    """The history of one pod.

    A time is that of the first poll that saw the state, in seconds since 1970 by the local clock.
    None means that no poll has seen the state yet.
    """

    uid: str
    namespace: str
    name: str
    labels: Mapping[str, str]
    resources: Mapping[str, Any]  # of the pod's first container
    node: str = ""
    created: float
    scheduled: float | None = None
    started: float | None = None
    ended: float | None = None
    deleted: float | None = None
    succeeded: bool = False  # all containers that do its work ended with exit code 0
    restarts: int = 0  # of all its containers together
    restart_reason: str = ""  # the reasons and exit codes with which containers ended last

    @property
    def task(self) -> tuple[str, str, str]:
        """The ids of DAG, run and task; empty texts for a pod that works for no task."""
        return (
            self.labels.get("dag_id", ""),
            self.labels.get("run_id", ""),
            self.labels.get("task_id", ""),
        )

    @property
    def is_operator_pod(self) -> bool:
        """Whether a KubernetesPodOperator made the pod; otherwise the executor did."""
        return self.labels.get("kubernetes_pod_operator") == "True"


PodRecords = Mapping[str, PodRecord]  # by uid


def updated_records(
    records: PodRecords, pods: Iterable[Mapping[str, Any]], now: float
) -> PodRecords:
    """The records after a poll at the time `now` that returned these pods."""
    present: dict[str, PodRecord] = {}
    for pod in pods:
        uid = pod["metadata"]["uid"]
        present[uid] = _updated(records.get(uid) or _new_record(pod, now), pod, now)
    absent = {
        uid: record if record.deleted is not None else _deleted(record, now)
        for uid, record in records.items()
        if uid not in present
    }
    return absent | present


def overlapping_pods(records: Iterable[PodRecord]) -> list[tuple[PodRecord, PodRecord]]:
    """The pairs of pods that worked for the same task of the same run at the same time.

    If a task has pods of a KubernetesPodOperator, only these count. The executor's pods of such a
    task only start and watch the operator's pods, and a deferred task has two of them.
    """
    by_task: dict[tuple[str, str, str], list[PodRecord]] = defaultdict(list)
    for record in records:
        if record.task[2] and record.started is not None:
            by_task[record.task].append(record)
    found: list[tuple[PodRecord, PodRecord]] = []
    for pods in by_task.values():
        workers = [pod for pod in pods if pod.is_operator_pod] or pods
        ordered = sorted(workers, key=lambda pod: pod.started or 0)
        for one, other in pairwise(ordered):
            if one.ended is None or (other.started or 0) < one.ended:
                found.append((one, other))
    return found


def memory_usage(summary: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """The bytes in use by namespace and pod name, from a kubelet's stats summary."""
    return {
        (pod["podRef"]["namespace"], pod["podRef"]["name"]): int(used)
        for pod in summary.get("pods", ())
        if (used := pod.get("memory", {}).get("workingSetBytes")) is not None
    }


def _new_record(pod: Mapping[str, Any], now: float) -> PodRecord:
    metadata = pod["metadata"]
    return PodRecord(
        uid=metadata["uid"],
        namespace=metadata["namespace"],
        name=metadata["name"],
        labels=metadata.get("labels", {}),
        resources=pod["spec"]["containers"][0].get("resources", {}),
        created=now,
    )


def _updated(record: PodRecord, pod: Mapping[str, Any], now: float) -> PodRecord:
    status: Mapping[str, Any] = pod.get("status", {})
    containers: Sequence[Mapping[str, Any]] = status.get("containerStatuses") or ()
    all_statuses = [*containers, *(status.get("initContainerStatuses") or ())]
    states = [
        container.get("state", {}) for container in containers if _works(container, containers)
    ]
    started = any("running" in state or "terminated" in state for state in states)
    ended = bool(states) and all("terminated" in state for state in states)
    succeeded = ended and all(state["terminated"].get("exitCode") == 0 for state in states)
    node = pod["spec"].get("nodeName", "")
    return replace(
        record,
        node=node,
        scheduled=now if record.scheduled is None and node else record.scheduled,
        started=now if record.started is None and started else record.started,
        ended=now if record.ended is None and ended else record.ended,
        succeeded=record.succeeded or succeeded,
        restarts=sum(int(container.get("restartCount", 0)) for container in all_statuses),
        restart_reason=_restart_reason(all_statuses) or record.restart_reason,
    )


def _restart_reason(statuses: Iterable[Mapping[str, Any]]) -> str:
    ends = [end for status in statuses if (end := status.get("lastState", {}).get("terminated"))]
    return "; ".join(f"{end.get('reason', '')} {end.get('exitCode', '')}" for end in ends)


def _works(container: Mapping[str, Any], siblings: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a container does its pod's work: in a task's pod, sidecars do not."""
    is_task_pod = any(sibling["name"] == _TASK_CONTAINER for sibling in siblings)
    return container["name"] == _TASK_CONTAINER or not is_task_pod


def _deleted(record: PodRecord, now: float) -> PodRecord:
    """The record of a pod that no longer exists: if it was running, it ended now."""
    ended = now if record.ended is None and record.started is not None else record.ended
    return replace(record, deleted=now, ended=ended)
