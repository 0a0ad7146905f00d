"""The deletion of what a program no longer registers."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from airflow_k8s.commands.rehearse.live_objects import LiveObject
from airflow_k8s.commands.rehearse.prune import prune, releases
from airflow_k8s.commands.rehearse.report import Step
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource

NAMESPACE = "airflow"
PREFIX = "rehearsal.airflow-platform"


class FakeCluster:
    """A cluster of nodes and Helm's Secrets. It keeps the requests that it got."""

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


def live_object(name: str, *, urn: str = "urn", **annotations: str) -> LiveObject:
    metadata = {"name": name, "annotations": {f"{PREFIX}/{k}": v for k, v in annotations.items()}}
    return LiveObject(
        manifest={"kind": "Job", "metadata": metadata}, urn=urn, release="", controlled=False
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
    declared: Sequence[tuple[str, str]] = (),
    resources: Sequence[RegisteredResource] = (),
) -> list[Step]:
    evaluation = Evaluation(resources=tuple(resources), outputs={})
    fake = cast(Cluster, cluster)
    steps = prune(fake, list(objects), NAMESPACE, evaluation, declared, uninstalled.append)
    return list(steps)


def test_an_object_that_is_no_longer_declared_is_deleted(uninstalled: list[str]) -> None:
    cluster = FakeCluster()
    (step,) = pruned(
        cluster, uninstalled, live_object("old"), live_object("new"), declared=[("Job", "new")]
    )
    assert (step.kind, step.name, step.action) == ("Job", "old", "deleted")
    assert cluster.deleted == ["old"]


def test_an_object_that_no_program_created_is_kept(uninstalled: list[str]) -> None:
    cluster = FakeCluster()
    assert not pruned(cluster, uninstalled, live_object("unmanaged", urn=""))
    assert not cluster.deleted


def test_the_deletion_of_a_protected_object_is_refused(uninstalled: list[str]) -> None:
    cluster = FakeCluster()
    (step,) = pruned(cluster, uninstalled, live_object("data", protect="true"))
    assert step.failed
    assert "it is protected" in step.message
    assert not cluster.deleted


def test_an_object_with_retain_on_delete_is_kept_without_a_step(uninstalled: list[str]) -> None:
    cluster = FakeCluster()
    assert not pruned(cluster, uninstalled, live_object("data", **{"retain-on-delete": "true"}))
    assert not cluster.deleted


def helm_secret(release: str) -> dict[str, Any]:
    return {"metadata": {"name": f"sh.helm.release.v1.{release}.v1", "labels": {"name": release}}}


def test_a_release_that_is_no_longer_declared_is_uninstalled(uninstalled: list[str]) -> None:
    cluster = FakeCluster(secrets=[helm_secret("old"), helm_secret("old"), helm_secret("airflow")])
    release = registered("kubernetes:helm.sh/v3:Release", "r", inputs={"name": "airflow"})
    (step,) = pruned(cluster, uninstalled, resources=[release])
    assert uninstalled == ["old"]
    assert (step.kind, step.name, step.action) == ("Release", "old", "deleted")


def test_only_releases_of_rehearsals_are_found() -> None:
    cluster = FakeCluster(secrets=[helm_secret("airflow")])
    assert releases(cast(Cluster, cluster), NAMESPACE) == {"airflow"}
    assert cluster.labels == [f"owner=helm,{PREFIX}/stack"]


def node(*managers: str) -> dict[str, Any]:
    fields = [{"manager": manager} for manager in managers]
    return {"metadata": {"name": "gpu-1", "managedFields": fields}}


def test_the_fields_of_a_removed_patch_are_removed(uninstalled: list[str]) -> None:
    manager = "airflow-platform-rehearsal"
    cluster = FakeCluster(nodes=[node("kubelet", f"{manager}-label", f"{manager}-other", manager)])
    (step,) = pruned(cluster, uninstalled, resources=[patch("label")])
    empty = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "gpu-1"}}
    assert cluster.applied == [(f"{manager}-other", empty)]
    assert (step.kind, step.name, step.message) == ("Node", "gpu-1", "a patch was removed")


def test_the_fields_of_a_retained_patch_are_kept(uninstalled: list[str]) -> None:
    cluster = FakeCluster(nodes=[node("airflow-platform-rehearsal-taint-retained")])
    assert not pruned(cluster, uninstalled)
    assert not cluster.applied
