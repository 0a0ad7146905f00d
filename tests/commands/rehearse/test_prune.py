"""What goes when a program no longer registers it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from airflow_k8s.commands.rehearse.holdings import LiveObject
from airflow_k8s.commands.rehearse.prune import prune, releases
from airflow_k8s.commands.rehearse.report import Step
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource

NAMESPACE = "airflow"
PREFIX = "rehearsal.airflow-platform"


class FakeCluster:
    """Nodes and Helm's Secrets, and what was asked of it."""

    def __init__(self, nodes: Sequence[Any] = (), secrets: Sequence[Any] = ()) -> None:
        self._objects = {"Node": list(nodes), "Secret": list(secrets)}
        self.deleted: list[str] = []
        self.applied: list[tuple[str, Mapping[str, Any]]] = []
        self.labels: list[str] = []

    def list(self, _version: str, kind: str, _namespace: str = "", *, labels: str = "") -> Any:
        self.labels.append(labels)
        return self._objects[kind]

    def delete(self, existing: Mapping[str, Any]) -> None:
        self.deleted.append(existing["metadata"]["name"])

    def apply(self, manifest: Mapping[str, Any], *, manager: str) -> None:
        self.applied.append((manager, manifest))


def held(name: str, *, urn: str = "urn", **annotations: str) -> LiveObject:
    metadata = {"name": name, "annotations": {f"{PREFIX}/{k}": v for k, v in annotations.items()}}
    return LiveObject(
        manifest={"kind": "Job", "metadata": metadata}, urn=urn, release="", owned=False
    )


def registered(type_: str, name: str, **fields: Any) -> RegisteredResource:
    inputs = fields.pop("inputs", {})
    return RegisteredResource(
        type=type_, name=name, urn=name, parent="", inputs=inputs, custom=True, **fields
    )


def patch(name: str) -> RegisteredResource:
    return registered("kubernetes:core/v1:NodePatch", name)


@pytest.fixture
def uninstalled() -> list[str]:
    return []


def pruned(
    cluster: FakeCluster,
    uninstalled: list[str],
    *objects: LiveObject,
    made: Sequence[tuple[str, str]] = (),
    resources: Sequence[RegisteredResource] = (),
) -> list[Step]:
    evaluation = Evaluation(resources=tuple(resources), outputs={})
    fake = cast(Cluster, cluster)
    steps = prune(fake, list(objects), NAMESPACE, evaluation, made, uninstalled.append)
    return list(steps)


def test_what_is_declared_stays_and_what_was_declared_goes(uninstalled: list[str]) -> None:
    cluster = FakeCluster()
    (step,) = pruned(cluster, uninstalled, held("old"), held("new"), made=[("Job", "new")])
    assert (step.kind, step.name, step.action) == ("Job", "old", "deleted")
    assert cluster.deleted == ["old"]


def test_what_the_program_never_made_stays(uninstalled: list[str]) -> None:
    cluster = FakeCluster()
    assert not pruned(cluster, uninstalled, held("somebody's", urn=""))
    assert not cluster.deleted


def test_what_is_protected_stays_and_fails(uninstalled: list[str]) -> None:
    cluster = FakeCluster()
    (step,) = pruned(cluster, uninstalled, held("data", protect="true"))
    assert step.failed
    assert "it is protected" in step.words
    assert not cluster.deleted


def test_what_is_kept_when_it_is_deleted_stays_in_silence(uninstalled: list[str]) -> None:
    cluster = FakeCluster()
    assert not pruned(cluster, uninstalled, held("data", **{"retain-on-delete": "true"}))
    assert not cluster.deleted


def helm_secret(release: str) -> dict[str, Any]:
    return {"metadata": {"name": f"sh.helm.release.v1.{release}.v1", "labels": {"name": release}}}


def test_a_release_that_is_no_longer_declared_is_uninstalled(uninstalled: list[str]) -> None:
    cluster = FakeCluster(secrets=[helm_secret("old"), helm_secret("old"), helm_secret("airflow")])
    release = registered("kubernetes:helm.sh/v3:Release", "r", inputs={"name": "airflow"})
    (step,) = pruned(cluster, uninstalled, resources=[release])
    assert uninstalled == ["old"]
    assert (step.kind, step.name, step.action) == ("Release", "old", "deleted")


def test_only_releases_that_a_rehearsal_made_are_looked_at() -> None:
    cluster = FakeCluster(secrets=[helm_secret("airflow")])
    assert releases(cast(Cluster, cluster), NAMESPACE) == {"airflow"}
    assert cluster.labels == [f"owner=helm,{PREFIX}/stack"]


def node(*managers: str) -> dict[str, Any]:
    fields = [{"manager": manager} for manager in managers]
    return {"metadata": {"name": "gpu-1", "managedFields": fields}}


def test_the_fields_of_a_patch_that_is_gone_are_let_go(uninstalled: list[str]) -> None:
    ours = "airflow-platform-rehearsal"
    cluster = FakeCluster(nodes=[node("kubelet", f"{ours}-label", f"{ours}-other", ours)])
    (step,) = pruned(cluster, uninstalled, resources=[patch("label")])
    empty = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "gpu-1"}}
    assert cluster.applied == [(f"{ours}-other", empty)]
    assert (step.kind, step.name, step.words) == ("Node", "gpu-1", "a patch was taken back")


def test_the_taints_that_a_patch_keeps_stay(uninstalled: list[str]) -> None:
    cluster = FakeCluster(nodes=[node("airflow-platform-rehearsal-taint-retained")])
    assert not pruned(cluster, uninstalled)
    assert not cluster.applied
