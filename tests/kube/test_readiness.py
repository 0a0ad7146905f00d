"""What an update waits for, kind by kind."""

from typing import Any

import pytest

from airflow_k8s.kube.readiness import waits_for
from airflow_k8s.kube.state import World

NOTHING = World(())


def made(kind: str, *, annotations: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
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


def test_a_configmap_is_ready_at_once() -> None:
    assert not waits_for(made("ConfigMap"), NOTHING)


def test_a_job_is_waited_for_until_it_is_complete() -> None:
    assert waits_for(made("Job"), NOTHING) == "its pod"
    assert waits_for(made("Job", status=condition("Failed", "True")), NOTHING)
    assert not waits_for(made("Job", status=condition("Complete", "True")), NOTHING)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
@pytest.mark.parametrize(
    ("status", "words"),
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
def test_a_workload_is_ready_when_all_its_new_pods_are_and_the_old_ones_gone(
    kind: str, status: dict[str, Any], words: str
) -> None:
    assert waits_for(made(kind, spec={"replicas": 2}, status=status), NOTHING) == words


def test_a_workload_of_no_pods_is_ready() -> None:
    each = made("Deployment", spec={"replicas": 0}, status={"observedGeneration": 2})
    assert not waits_for(each, NOTHING)


def test_a_claim_is_waited_for_unless_its_class_waits_for_a_pod() -> None:
    claim = made("PersistentVolumeClaim", spec={"storageClassName": "standard"})

    def with_class(mode: str) -> World:
        metadata = {"name": "standard"}
        return World([{"kind": "StorageClass", "metadata": metadata, "volumeBindingMode": mode}])

    assert waits_for(claim, with_class("Immediate")) == "a volume"
    assert not waits_for(claim | {"status": {"phase": "Bound"}}, with_class("Immediate"))
    assert not waits_for(claim, with_class("WaitForFirstConsumer"))
    assert waits_for(made("PersistentVolumeClaim"), NOTHING) == "a volume", "no class at all"


def test_a_service_waits_for_a_ready_pod_behind_it() -> None:
    service = made("Service", spec={"selector": {"app": "db"}})

    def pod(ready: str, **metadata: Any) -> dict[str, Any]:
        own = {"name": "db-0", "namespace": "airflow", "labels": {"app": "db"}}
        return {
            "kind": "Pod",
            "metadata": {**own, **metadata},
            "status": condition("Ready", ready),
        }

    assert waits_for(service, NOTHING) == "a ready pod behind it"
    assert waits_for(service, World([pod("False")]))
    assert waits_for(service, World([pod("True", labels={"app": "other"})]))
    assert waits_for(service, World([pod("True", namespace="other")]))
    assert not waits_for(service, World([pod("True")]))


def test_a_service_that_selects_nothing_waits_for_nothing() -> None:
    assert not waits_for(made("Service"), NOTHING)
    external = {"type": "ExternalName", "selector": {"app": "db"}}
    assert not waits_for(made("Service", spec=external), NOTHING)


def test_a_quota_is_waited_for_until_its_limits_are_counted() -> None:
    quota = made("ResourceQuota", spec={"hard": {"pods": "4"}})
    assert waits_for(quota, NOTHING)
    assert waits_for(quota | {"status": {"hard": {"pods": "3"}}}, NOTHING)
    assert not waits_for(quota | {"status": {"hard": {"pods": "4"}}}, NOTHING)


def test_what_asks_not_to_be_waited_for_is_not() -> None:
    assert not waits_for(made("Job", annotations={"pulumi.com/skipAwait": "true"}), NOTHING)
    assert waits_for(made("Job", annotations={"pulumi.com/skipAwait": "false"}), NOTHING)


def test_a_condition_that_is_asked_for_is_waited_for_in_its_own_words() -> None:
    asked = {"pulumi.com/waitFor": "condition=Ready"}
    each = made("Cluster", annotations=asked)
    assert waits_for(each, NOTHING) == "condition Ready"
    starting = each | {"status": condition("Ready", "False", "1 of 3 instances are ready")}
    assert waits_for(starting, NOTHING) == "1 of 3 instances are ready"
    assert not waits_for(each | {"status": condition("Ready", "True")}, NOTHING)


def test_a_condition_may_be_asked_to_be_false() -> None:
    each = made("Cluster", annotations={"pulumi.com/waitFor": "condition=Busy=false"})
    assert waits_for(each | {"status": condition("Busy", "True", "it is busy")}, NOTHING)
    assert not waits_for(each | {"status": condition("Busy", "False")}, NOTHING)


def test_other_expressions_are_told_not_to_be_understood() -> None:
    each = made("Cluster", annotations={"pulumi.com/waitFor": "jsonpath={.phase}"})
    assert "jsonpath={.phase} is not understood here" in waits_for(each, NOTHING)
