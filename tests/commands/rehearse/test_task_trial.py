"""Task pods are tried in lots, and what becomes of each is told; the cluster is made up."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from airflow_k8s.commands.rehearse.report import Task
from airflow_k8s.commands.rehearse.task_trial import TrialResult, try_all
from airflow_k8s.commands.rehearse.tasks import TaskPod
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.state import ClusterState

NAMESPACE = "airflow"
Fate = Mapping[str, Any]  # the status that a pod gets
RUNS: Fate = {"phase": "Running", "podIP": "10.0.0.1"}


def waits(reason: str) -> Fate:
    """On a node, with an address, and without a container that was started."""
    state = {"waiting": {"reason": reason, "message": "no such image"}}
    statuses = [{"name": "base", "state": state}]
    return {"phase": "Pending", "podIP": "10.0.0.1", "containerStatuses": statuses}


class FakeCluster:
    """Gives each pod its fate at once, and counts what its quota counts."""

    def __init__(self, fates: Mapping[str, Fate | ApiError]) -> None:
        self._fates = fates
        self.pods: dict[str, dict[str, Any]] = {}
        self.at_once = 0
        self.lag = 0  # how often the quota is still told as it was before the last pod went

    def create(self, manifest: Mapping[str, Any]) -> None:
        assert not self.lag, "the quota is still full of the lot before"
        name = manifest["metadata"]["name"]
        fate = self._fates[name]
        if isinstance(fate, ApiError):
            raise fate
        spec = {**manifest["spec"], "nodeName": "node-1"}
        self.pods[name] = {**manifest, "kind": "Pod", "spec": spec, "status": fate}
        self.at_once = max(self.at_once, len(self.pods))

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
    """Sees what there is; nothing ever moves, and each look takes a second."""

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
    fates: Mapping[str, Fate | ApiError], *, at_once: int = 9, idle_timeout: float = 5
) -> tuple[TrialResult, FakeCluster, FakePoller]:
    cluster = FakeCluster(fates)
    observer = FakePoller(cluster)
    found = try_all(
        cast(Cluster, cluster),
        cast(Poller, observer),
        [pod(name) for name in fates],
        at_once=at_once,
        idle_timeout=idle_timeout,
        namespace=NAMESPACE,
    )
    return found, cluster, observer


def outcomes(
    found: TrialResult, of: Callable[[Task], Any] = lambda task: task.outcome
) -> dict[str, Any]:
    return {task.name: of(task) for task in found.tasks}


def test_a_pod_whose_containers_were_started_runs() -> None:
    done = {"phase": "Succeeded"}
    found, cluster, _ = tried({"a": RUNS, "b": done})
    assert outcomes(found) == {"a": "runs", "b": "runs"}
    assert not cluster.pods, "what was tried is gone"


def test_a_pod_whose_image_cannot_be_pulled_does_not_although_it_has_an_address() -> None:
    found, _, observer = tried({"a": waits("ImagePullBackOff")})
    assert outcomes(found) == {"a": "pending"}
    assert "no such image" in found.tasks[0].words
    assert observer.idle_seconds == 1, "waiting will not mend it"


def test_one_that_may_still_start_is_waited_for() -> None:
    found, _, observer = tried({"a": waits("ContainerCreating")}, idle_timeout=5)
    assert outcomes(found) == {"a": "pending"}
    assert observer.idle_seconds > 5


def test_a_refusal_is_told_in_the_servers_words_and_spares_the_others() -> None:
    refusal = ApiError("exceeded quota", code=403)
    found, _, _ = tried({"a": refusal, "b": RUNS})
    assert outcomes(found) == {"a": "refused", "b": "runs"}
    assert "exceeded quota" in found.tasks[0].words


def test_no_more_are_tried_at_once_than_tasks_may_run() -> None:
    found, cluster, _ = tried(dict.fromkeys("abcde", RUNS), at_once=2)
    assert list(outcomes(found)) == list("abcde")
    assert cluster.at_once == 2
    assert len(found.worlds) == 3


def test_the_peak_is_the_most_of_all_lots() -> None:
    found, _, _ = tried(dict.fromkeys("abc", RUNS), at_once=2)
    assert found.peak == {"requests.cpu": "2000m"}
