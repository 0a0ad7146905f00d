"""The trial of task pods in batches, on a fake cluster."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from airflow_k8s.commands.rehearse.report import Task
from airflow_k8s.commands.rehearse.task_trial import TrialResult, try_all
from airflow_k8s.commands.rehearse.tasks import TaskPod
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.state import ClusterState

NAMESPACE = "airflow"
Status = Mapping[str, Any]  # of a pod
RUNS: Status = {"phase": "Running", "podIP": "10.0.0.1"}


def waits(reason: str) -> Status:
    """A scheduled pod with an IP whose container was not started."""
    state = {"waiting": {"reason": reason, "message": "no such image"}}
    containers = [{"name": "base", "state": state}]
    return {"phase": "Pending", "podIP": "10.0.0.1", "containerStatuses": containers}


class FakeCluster:
    """Sets the status of every pod immediately, and counts the pods in its quota."""

    def __init__(self, statuses: Mapping[str, Status | ApiError]) -> None:
        self._statuses = statuses
        self.pods: dict[str, dict[str, Any]] = {}
        self.concurrent = 0
        self.lag = 0  # number of reads for which the quota still counts a deleted pod

    def create(self, manifest: Mapping[str, Any]) -> None:
        assert not self.lag, "the quota still counts the previous batch"
        name = manifest["metadata"]["name"]
        status = self._statuses[name]
        if isinstance(status, ApiError):
            raise status
        spec = {**manifest["spec"], "nodeName": "node-1"}
        self.pods[name] = {**manifest, "kind": "Pod", "spec": spec, "status": status}
        self.concurrent = max(self.concurrent, len(self.pods))

    def delete(self, manifest: Mapping[str, Any], *, now: bool) -> None:
        assert now
        self.pods.pop(manifest["metadata"]["name"], None)
        self.lag = 2

    def list(self, _version: str, kind: str, _namespace: str) -> list[dict[str, Any]]:
        assert kind == "ResourceQuota"
        pods = len(self.pods) + bool(self.lag)
        self.lag = max(self.lag - 1, 0)
        used = {"requests.cpu": f"{1000 + 500 * pods}m"}
        return [{"status": {"used": used, "hard": {"requests.cpu": "3"}}}]


class FakePoller:
    """A poller of a cluster that does not change. Every read takes a second."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self.idle_seconds = 0

    def reset_idle(self) -> None:
        self.idle_seconds = 0

    def next_state(self) -> ClusterState:
        self.idle_seconds += 1
        node = {"kind": "Node", "metadata": {"name": "node-1", "labels": {}}, "status": {}}
        return ClusterState([node, *self._cluster.pods.values()])


def pod(name: str) -> TaskPod:
    metadata = {"name": name, "namespace": NAMESPACE, "uid": name}
    return TaskPod(name=name, manifest={"metadata": metadata, "spec": {}})


def tried(
    statuses: Mapping[str, Status | ApiError], *, concurrency: int = 9, idle_timeout: float = 5
) -> tuple[TrialResult, FakeCluster, FakePoller]:
    cluster = FakeCluster(statuses)
    poller = FakePoller(cluster)
    found = try_all(
        cast(Cluster, cluster),
        cast(Poller, poller),
        [pod(name) for name in statuses],
        concurrency=concurrency,
        idle_timeout=idle_timeout,
        namespace=NAMESPACE,
    )
    return found, cluster, poller


def outcomes(
    found: TrialResult, of: Callable[[Task], Any] = lambda task: task.outcome
) -> dict[str, Any]:
    return {task.name: of(task) for task in found.tasks}


def test_a_pod_with_started_containers_runs() -> None:
    succeeded = {"phase": "Succeeded"}
    found, cluster, _ = tried({"a": RUNS, "b": succeeded})
    assert outcomes(found) == {"a": "runs", "b": "runs"}
    assert not cluster.pods, "the tried pods are deleted"


def test_a_pod_with_an_ip_and_without_its_image_is_pending() -> None:
    found, _, poller = tried({"a": waits("ImagePullBackOff")})
    assert outcomes(found) == {"a": "pending"}
    assert "no such image" in found.tasks[0].message
    assert poller.idle_seconds == 1, "waiting does not fix it"


def test_the_trial_waits_for_a_pod_that_may_still_start() -> None:
    found, _, poller = tried({"a": waits("ContainerCreating")}, idle_timeout=5)
    assert outcomes(found) == {"a": "pending"}
    assert poller.idle_seconds > 5


def test_a_refused_pod_has_the_message_of_the_server_and_the_others_run() -> None:
    refusal = ApiError("exceeded quota", code=403)
    found, _, _ = tried({"a": refusal, "b": RUNS})
    assert outcomes(found) == {"a": "refused", "b": "runs"}
    assert "exceeded quota" in found.tasks[0].message


def test_a_batch_has_as_many_pods_as_tasks_may_run() -> None:
    found, cluster, _ = tried(dict.fromkeys("abcde", RUNS), concurrency=2)
    assert list(outcomes(found)) == list("abcde")
    assert cluster.concurrent == 2
    assert len(found.states) == 3


def test_the_peak_is_the_maximum_of_all_batches() -> None:
    found, _, _ = tried(dict.fromkeys("abc", RUNS), concurrency=2)
    assert found.peak == {"requests.cpu": "2000m"}
