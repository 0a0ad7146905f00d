"""The objects of a cluster at one moment."""

from typing import Any

import pytest

from airflow_k8s.kube.state import ClusterState


def manifest(kind: str, name: str, namespace: str = "airflow", **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "uid": name, **fields.pop("metadata", {})}
    return {"kind": kind, "metadata": metadata, **fields}


def test_objects_are_found_by_kind_name_and_namespace() -> None:
    ours, theirs = manifest("Secret", "a"), manifest("Secret", "a", "other")
    node = {"kind": "Node", "metadata": {"name": "n"}}
    state = ClusterState([ours, theirs, node])
    assert state.find("Secret", "a", "airflow") is ours
    assert state.find("Secret", "a", "other") is theirs
    assert state.find("Secret", "a") is None
    assert state.find("ConfigMap", "a", "airflow") is None
    assert state.find("Node", "n") is node


def test_the_objects_of_a_kind_are_those_of_one_namespace_or_of_all() -> None:
    ours, theirs = manifest("Secret", "a"), manifest("Secret", "b", "other")
    state = ClusterState([ours, theirs, manifest("Pod", "c")])
    assert list(state.of("Secret", "airflow")) == [ours]
    assert list(state.of("Secret")) == [ours, theirs]
    assert not list(state.of("Job"))


def test_an_owner_is_found_in_the_same_namespace() -> None:
    owner, stranger = manifest("ReplicaSet", "r"), manifest("ReplicaSet", "r", "other")
    references = [{"kind": "Widget", "name": "w"}, {"kind": "ReplicaSet", "name": "r"}]
    pod = manifest("Pod", "p", metadata={"ownerReferences": references})
    assert ClusterState([stranger, owner, pod]).owner(pod) is owner
    assert ClusterState([stranger, pod]).owner(pod) is None
    assert ClusterState([owner]).owner(manifest("Pod", "alone")) is None


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"nodeName": "n"}},
        {"status": {"phase": "Running"}},
        {"status": {"readyReplicas": 1}},
        {"status": {"succeeded": 1}},
        {"status": {"failed": 1}},
        {"status": {"conditions": [{"type": "Ready", "status": "True"}]}},
        {"metadata": {"generation": 2}},
        {"metadata": {"deletionTimestamp": "now"}},
        {"metadata": {"annotations": {"example.com/waits": "a volume"}}},
    ],
    ids=lambda change: str(next(iter(change.values()))),
)
def test_the_fingerprint_changes_when_a_pod_makes_progress(change: dict[str, Any]) -> None:
    before, after = (
        ClusterState([manifest("Pod", "a")]),
        ClusterState([manifest("Pod", "a", **change)]),
    )
    assert before.fingerprint() != after.fingerprint()


def test_the_fingerprint_changes_when_a_pod_is_created() -> None:
    before = ClusterState([manifest("Pod", "a")])
    assert (
        before.fingerprint()
        != ClusterState([manifest("Pod", "a"), manifest("Pod", "b")]).fingerprint()
    )


def test_the_fingerprint_ignores_events_secrets_and_resource_versions() -> None:
    before = ClusterState([manifest("Pod", "a"), manifest("Event", "e1"), manifest("Secret", "s")])
    after = ClusterState(
        [manifest("Pod", "a", metadata={"resourceVersion": "7"}), manifest("Event", "e2")]
    )
    assert before.fingerprint() == after.fingerprint()


def test_a_service_has_a_ready_pod_only_if_the_pod_is_selected_ready_and_not_terminating() -> None:
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    labels = {"labels": {"app": "db"}}
    selector = {"app": "db"}

    def has_ready_pod(pod: dict[str, Any]) -> bool:
        return ClusterState([pod]).has_ready_pod(selector, "airflow")

    assert has_ready_pod(manifest("Pod", "a", metadata=labels, status=ready))
    assert not has_ready_pod(manifest("Pod", "a", metadata=labels))
    assert not has_ready_pod(manifest("Pod", "a", status=ready))
    assert not has_ready_pod(manifest("Pod", "a", "other", metadata=labels, status=ready))
    terminating = {**labels, "deletionTimestamp": "now"}
    assert not has_ready_pod(manifest("Pod", "a", metadata=terminating, status=ready))
