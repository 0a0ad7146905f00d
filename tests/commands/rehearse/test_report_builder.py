"""The parts of a report that describe the cluster."""

from typing import Any

import pytest

from airflow_k8s.commands.rehearse import report_builder
from airflow_k8s.commands.rehearse.annotations import WAITS
from airflow_k8s.commands.rehearse.live_objects import LiveObject
from airflow_k8s.commands.rehearse.report import Node
from airflow_k8s.kube.state import ClusterState


def node(name: str, labels: dict[str, str] | None = None, **allocatable: str) -> dict[str, Any]:
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {},
        "status": {"allocatable": allocatable},
    }


def pod(name: str, *, ready: str = "True", **fields: Any) -> dict[str, Any]:
    resources = {"requests": {"cpu": "500m", "memory": "1Gi", "nvidia.com/gpu": "1"}}
    conditions = [{"type": "Ready", "status": ready}]
    metadata = {"name": name, "namespace": "airflow", "labels": {"component": "scheduler"}}
    container = {"name": "a", "image": "a:1", "resources": resources}
    return {
        "kind": "Pod",
        "metadata": {**metadata, **fields.pop("metadata", {})},
        "spec": {"nodeName": "n-1", "containers": [container]},
        "status": {"conditions": conditions, **fields},
    }


@pytest.mark.parametrize(
    "label",
    [
        "rehearsal.airflow-platform/pool",
        "eks.amazonaws.com/nodegroup",
        "cloud.google.com/gke-nodepool",
        "kubernetes.azure.com/agentpool",
        "karpenter.sh/nodepool",
    ],
)
def test_the_pool_of_a_node_comes_from_the_label_of_the_cloud(label: str) -> None:
    assert report_builder.pool(node("n", {label: "gpu", "other": "x"})) == "gpu"


def test_a_node_without_a_pool_label_is_in_the_pool_nodes() -> None:
    assert report_builder.pool(node("n")) == "nodes"


def test_nodes_are_sorted_and_have_their_allocatable_resources() -> None:
    karpenter = "karpenter.sh/nodepool"
    tainted = node("b", {karpenter: "gpu"}, cpu="7500m", memory="16Gi", **{"nvidia.com/gpu": "2"})
    taints = [{"key": "k", "value": "v", "effect": "NoSchedule"}, {"key": "x", "effect": "NoX"}]
    tainted["spec"] = {"taints": taints}
    found = report_builder.nodes(
        [tainted, node("a", {karpenter: "gpu"}), node("c", {karpenter: "cpu"})]
    )
    assert [item.name for item in found] == ["c", "a", "b"]
    assert found[2] == Node(
        name="b",
        pool="gpu",
        cpu=7.5,
        memory=16 * 1024**3,
        gpus=2,
        taints=["k=v:NoSchedule", "x:NoX"],
    )
    assert (found[1].cpu, found[1].memory, found[1].gpus) == (0, 0, 0)


def test_terminated_pods_are_left_out() -> None:
    state = ClusterState([pod("b"), pod("a"), pod("done", phase="Succeeded")])
    assert [item.name for item in report_builder.pods(state, "airflow")] == ["a", "b"]


def test_a_pod_has_its_requests() -> None:
    (found,) = report_builder.pods(ClusterState([pod("a")]), "airflow")
    assert (found.component, found.node, found.ready, found.message) == (
        "scheduler",
        "n-1",
        True,
        "",
    )
    assert (found.cpu, found.memory, found.gpus) == (0.5, 1024**3, 1)


def test_a_pod_that_is_not_ready_has_the_reason() -> None:
    waiting = pod("a", ready="False", metadata={"annotations": {WAITS: "a volume"}})
    found = {
        item.name: item
        for item in report_builder.pods(ClusterState([waiting, pod("b")]), "airflow")
    }
    assert (found["a"].ready, found["a"].message) == (False, "a volume")
    assert found["b"].message == ""


def live_object(
    kind: str, name: str, *, manager: str = "", labels: Any = None, **fields: Any
) -> LiveObject:
    """An object of the release, of a resource (URN), of a controller or without a manager."""
    metadata = {"name": name, "namespace": "airflow", "labels": labels or {}}
    return LiveObject(
        manifest={"kind": kind, "metadata": metadata, **fields},
        urn=manager if manager.startswith("urn:") else "",
        release="airflow" if manager == "release" else "",
        controlled=manager == "controller",
    )


def test_objects_have_the_component_that_manages_them() -> None:
    urn = "urn:pulumi:dev::p::c:Secrets$kubernetes:core/v1:Secret::secrets-admin-secret"
    objects = report_builder.objects(
        [
            live_object("Secret", "airflow-admin", manager=urn),
            live_object(
                "ConfigMap", "airflow-config", manager="release", labels={"component": "config"}
            ),
            live_object("Service", "db-rw", manager="controller", labels={"cnpg.io/cluster": "db"}),
            live_object("Secret", "stray"),
            live_object("Pod", "p", manager="controller"),
        ],
        ClusterState([]),
    )
    assert [(item.component, item.part, item.name) for item in objects] == [
        ("airflow", "config", "airflow-config"),
        ("database", "", "db-rw"),
        ("no owner", "", "stray"),
        ("secrets", "", "airflow-admin"),
    ]


def test_an_object_with_a_trouble_has_failed() -> None:
    failed = {"conditions": [{"type": "Failed", "status": "True", "message": "no"}]}
    job = live_object("Job", "j", status=failed, spec={})
    states = report_builder.objects([job, live_object("Job", "k")], ClusterState([job.manifest]))
    assert {item.name: item.failed for item in states} == {"j": True, "k": False}


@pytest.mark.parametrize(
    ("manifest", "state"),
    [
        ({"kind": "Deployment", "spec": {"replicas": 2}, "status": {"readyReplicas": 1}}, "1/2"),
        ({"kind": "StatefulSet", "spec": {}}, "0/1 ready"),
        ({"kind": "Job"}, "not complete"),
        (
            {"kind": "Job", "status": {"conditions": [{"type": "Complete", "status": "True"}]}},
            "complete",
        ),
        (
            {
                "kind": "PersistentVolumeClaim",
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "5Gi"}},
                },
                "status": {"phase": "Bound"},
            },
            "Bound 5Gi, ReadWriteOnce",
        ),
        ({"kind": "CronJob", "spec": {"schedule": "0 3 * * *"}}, "0 3 * * *"),
        (
            {"kind": "Cluster", "status": {"conditions": [{"type": "Ready", "status": "False"}]}},
            "Ready False",
        ),
        ({"kind": "ConfigMap"}, ""),
    ],
    ids=lambda it: it["kind"] if isinstance(it, dict) else str(it),
)
def test_the_state_of_an_object_is_a_short_text(manifest: dict[str, Any], state: str) -> None:
    found = report_builder.object_state(manifest)
    assert found.startswith(state)
    assert bool(found) == bool(state)
