"""What Pulumi waits for, kind by kind."""

from typing import Any

import pytest

from airflow_k8s.kube.readiness import missing_for_ready
from airflow_k8s.kube.state import ClusterState

NOTHING = ClusterState(())


def manifest(
    kind: str, *, annotations: dict[str, str] | None = None, **fields: Any
) -> dict[str, Any]:
    metadata = {"name": "it", "namespace": "airflow", "generation": 2}
    metadata |= {"annotations": annotations} if annotations else {}
    return {"kind": kind, "metadata": metadata, "spec": {}, **fields}


def condition(kind: str, status: str, message: str = "") -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": status, "message": message}]}


def counts(*, replicas: int, updated: int, ready: int, seen: int = 2) -> dict[str, Any]:
    return {
        "observedGeneration": seen,
        "replicas": replicas,
        "updatedReplicas": updated,
        "readyReplicas": ready,
    }


def test_a_config_map_is_always_ready() -> None:
    assert not missing_for_ready(manifest("ConfigMap"), NOTHING)


def test_a_job_is_ready_when_it_is_complete() -> None:
    assert missing_for_ready(manifest("Job"), NOTHING) == "its pod"
    assert missing_for_ready(manifest("Job", status=condition("Failed", "True")), NOTHING)
    assert not missing_for_ready(manifest("Job", status=condition("Complete", "True")), NOTHING)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
@pytest.mark.parametrize(
    ("status", "missing"),
    [
        ({}, "its controller"),
        (counts(replicas=2, updated=2, ready=2, seen=1), "its controller"),
        (counts(replicas=2, updated=2, ready=1), "1 of 2 pods"),
        (counts(replicas=3, updated=1, ready=3), "1 of 2 pods"),
        (counts(replicas=3, updated=2, ready=3), "2 of 2 pods"),
        (counts(replicas=2, updated=2, ready=2), ""),
    ],
    ids=["unseen", "seen before the change", "one ready", "old ones", "one too many", "ready"],
)
def test_a_workload_is_ready_when_only_updated_pods_exist_and_all_are_ready(
    kind: str, status: dict[str, Any], missing: str
) -> None:
    assert (
        missing_for_ready(manifest(kind, spec={"replicas": 2}, status=status), NOTHING) == missing
    )


def test_a_workload_without_replicas_is_ready() -> None:
    waiting = manifest("Deployment", spec={"replicas": 0}, status={"observedGeneration": 2})
    assert not missing_for_ready(waiting, NOTHING)


def test_a_claim_is_ready_when_it_is_bound_or_its_class_binds_later() -> None:
    claim = manifest("PersistentVolumeClaim", spec={"storageClassName": "standard"})

    def with_class(mode: str) -> ClusterState:
        metadata = {"name": "standard"}
        return ClusterState(
            [{"kind": "StorageClass", "metadata": metadata, "volumeBindingMode": mode}]
        )

    assert missing_for_ready(claim, with_class("Immediate")) == "a volume"
    assert not missing_for_ready(claim | {"status": {"phase": "Bound"}}, with_class("Immediate"))
    assert not missing_for_ready(claim, with_class("WaitForFirstConsumer"))
    assert missing_for_ready(manifest("PersistentVolumeClaim"), NOTHING) == "a volume", (
        "no class at all"
    )


def test_a_service_is_ready_when_a_pod_behind_it_is_ready() -> None:
    service = manifest("Service", spec={"selector": {"app": "db"}})

    def pod(ready: str, **metadata: Any) -> dict[str, Any]:
        own = {"name": "db-0", "namespace": "airflow", "labels": {"app": "db"}}
        return {
            "kind": "Pod",
            "metadata": {**own, **metadata},
            "status": condition("Ready", ready),
        }

    assert missing_for_ready(service, NOTHING) == "a ready pod behind it"
    assert missing_for_ready(service, ClusterState([pod("False")]))
    assert missing_for_ready(service, ClusterState([pod("True", labels={"app": "other"})]))
    assert missing_for_ready(service, ClusterState([pod("True", namespace="other")]))
    assert not missing_for_ready(service, ClusterState([pod("True")]))


def test_a_service_without_a_selector_is_ready() -> None:
    assert not missing_for_ready(manifest("Service"), NOTHING)
    external = {"type": "ExternalName", "selector": {"app": "db"}}
    assert not missing_for_ready(manifest("Service", spec=external), NOTHING)


def test_a_quota_is_ready_when_its_limits_are_counted() -> None:
    quota = manifest("ResourceQuota", spec={"hard": {"pods": "4"}})
    assert missing_for_ready(quota, NOTHING)
    assert missing_for_ready(quota | {"status": {"hard": {"pods": "3"}}}, NOTHING)
    assert not missing_for_ready(quota | {"status": {"hard": {"pods": "4"}}}, NOTHING)


def test_the_skip_await_annotation_makes_an_object_ready() -> None:
    assert not missing_for_ready(
        manifest("Job", annotations={"pulumi.com/skipAwait": "true"}), NOTHING
    )
    assert missing_for_ready(
        manifest("Job", annotations={"pulumi.com/skipAwait": "false"}), NOTHING
    )


def test_the_wait_for_annotation_requests_a_condition() -> None:
    requested = {"pulumi.com/waitFor": "condition=Ready"}
    waiting = manifest("Cluster", annotations=requested)
    assert missing_for_ready(waiting, NOTHING) == "condition Ready"
    starting = waiting | {"status": condition("Ready", "False", "1 of 3 instances are ready")}
    assert missing_for_ready(starting, NOTHING) == "1 of 3 instances are ready"
    assert not missing_for_ready(waiting | {"status": condition("Ready", "True")}, NOTHING)


def test_the_wait_for_annotation_may_request_a_false_condition() -> None:
    waiting = manifest("Cluster", annotations={"pulumi.com/waitFor": "condition=Busy=false"})
    assert missing_for_ready(waiting | {"status": condition("Busy", "True", "it is busy")}, NOTHING)
    assert not missing_for_ready(waiting | {"status": condition("Busy", "False")}, NOTHING)


def test_other_wait_for_expressions_are_reported_as_not_supported() -> None:
    waiting = manifest("Cluster", annotations={"pulumi.com/waitFor": "jsonpath={.phase}"})
    assert "jsonpath={.phase} is not supported here" in missing_for_ready(waiting, NOTHING)
