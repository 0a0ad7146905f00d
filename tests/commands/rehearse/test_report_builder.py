"""The cluster as a report shows it."""

from typing import Any

import pytest

from airflow_k8s.commands.rehearse import report_builder
from airflow_k8s.commands.rehearse.annotations import WAITS
from airflow_k8s.commands.rehearse.holdings import LiveObject
from airflow_k8s.commands.rehearse.report import Change, Node, Step
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
def test_the_pool_of_a_node_is_told_by_the_labels_of_clouds(label: str) -> None:
    assert report_builder.pool(node("n", {label: "gpu", "other": "x"})) == "gpu"


def test_a_node_without_such_a_label_is_in_a_pool_of_all_the_others() -> None:
    assert report_builder.pool(node("n")) == "nodes"


def test_nodes_are_told_by_pool_and_name_with_what_pods_may_have_of_them() -> None:
    karpenter = "karpenter.sh/nodepool"
    tainted = node("b", {karpenter: "gpu"}, cpu="7500m", memory="16Gi", **{"nvidia.com/gpu": "2"})
    taints = [{"key": "k", "value": "v", "effect": "NoSchedule"}, {"key": "x", "effect": "NoX"}]
    tainted["spec"] = {"taints": taints}
    found = report_builder.nodes(
        [tainted, node("a", {karpenter: "gpu"}), node("c", {karpenter: "cpu"})]
    )
    assert [each.name for each in found] == ["c", "a", "b"]
    assert found[2] == Node(
        name="b",
        pool="gpu",
        cpu=7.5,
        memory=16 * 1024**3,
        gpus=2,
        taints=["k=v:NoSchedule", "x:NoX"],
    )
    assert (found[1].cpu, found[1].memory, found[1].gpus) == (0, 0, 0)


def test_pods_that_are_done_are_left_out() -> None:
    world = ClusterState([pod("b"), pod("a"), pod("done", phase="Succeeded")])
    assert [each.name for each in report_builder.pods(world, "airflow")] == ["a", "b"]


def test_a_pod_is_told_with_what_it_asks_for() -> None:
    (found,) = report_builder.pods(ClusterState([pod("a")]), "airflow")
    assert (found.component, found.node, found.ready, found.words) == ("scheduler", "n-1", True, "")
    assert (found.cpu, found.memory, found.gpus) == (0.5, 1024**3, 1)


def test_a_pod_that_is_not_ready_says_why() -> None:
    waiting = pod("a", ready="False", metadata={"annotations": {WAITS: "a volume"}})
    found = {
        each.name: each
        for each in report_builder.pods(ClusterState([waiting, pod("b")]), "airflow")
    }
    assert (found["a"].ready, found["a"].words) == (False, "a volume")
    assert found["b"].words == ""


def held(kind: str, name: str, *, whose: str = "", labels: Any = None, **fields: Any) -> LiveObject:
    """An object of the release, of a resource's URN, of a controller or of nobody."""
    metadata = {"name": name, "namespace": "airflow", "labels": labels or {}}
    return LiveObject(
        manifest={"kind": kind, "metadata": metadata, **fields},
        urn=whose if whose.startswith("urn:") else "",
        release="airflow" if whose == "release" else "",
        owned=whose == "controller",
    )


def test_objects_are_told_by_whose_they_are() -> None:
    urn = "urn:pulumi:dev::p::c:Secrets$kubernetes:core/v1:Secret::secrets-admin-secret"
    objects = report_builder.objects(
        [
            held("Secret", "airflow-admin", whose=urn),
            held("ConfigMap", "airflow-config", whose="release", labels={"component": "config"}),
            held("Service", "db-rw", whose="controller", labels={"cnpg.io/cluster": "db"}),
            held("Secret", "stray"),
            held("Pod", "p", whose="controller"),
        ],
        ClusterState([]),
    )
    assert [(each.component, each.part, each.name) for each in objects] == [
        ("airflow", "config", "airflow-config"),
        ("database", "", "db-rw"),
        ("nobody's", "", "stray"),
        ("secrets", "", "airflow-admin"),
    ]


def test_an_object_in_trouble_is_marked() -> None:
    failed = {"conditions": [{"type": "Failed", "status": "True", "message": "no"}]}
    job = held("Job", "j", status=failed, spec={})
    marks = report_builder.objects([job, held("Job", "k")], ClusterState([job.manifest]))
    assert {each.name: each.failed for each in marks} == {"j": True, "k": False}


@pytest.mark.parametrize(
    ("manifest", "words"),
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
def test_an_objects_state_is_told_in_a_word_or_two(manifest: dict[str, Any], words: str) -> None:
    state = report_builder.state(manifest)
    assert state.startswith(words)
    assert bool(state) == bool(words)


def test_of_an_upgrades_steps_those_that_were_refused_are_told() -> None:
    def step(action: Any) -> Step:
        return Step(
            component="c", kind="Job", name=action, action=action, seconds=0, words=f"{action}!"
        )

    steps = [step("updated"), step("refused"), step("skipped")]
    assert list(report_builder.refusals(steps)) == [
        Change(effect="refused", kind="Job", name="refused", words="refused!")
    ]
