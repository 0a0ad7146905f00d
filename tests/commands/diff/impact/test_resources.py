"""Resources of Pulumi that are no Kubernetes objects."""

from typing import Any

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Reason
from airflow_k8s.commands.diff.impact.resources import resource_consequences
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource
from tests.commands.diff.impact.facts import reasons

CLUSTER, RELEASE = "pulumi:providers:kubernetes", "kubernetes:helm.sh/v3:Release"
PASSWORD = "random:index/randomPassword:RandomPassword"


def registered(
    kind: str, inputs: dict[str, Any], logical: str = "it", *, protect: bool = False
) -> RegisteredResource:
    return RegisteredResource(
        type=kind,
        name=logical,
        urn=f"urn::{kind}::{logical}",
        parent="",
        inputs=inputs,
        custom=True,
        protect=protect,
    )


def cluster(**inputs: str) -> RegisteredResource:
    return registered(CLUSTER, inputs)


def release(logical: str = "airflow-release", **inputs: Any) -> RegisteredResource:
    return registered(RELEASE, {"name": "airflow", "namespace": "airflow"} | inputs, logical)


def consequences(before: RegisteredResource, after: RegisteredResource | None) -> list[Consequence]:
    sides = (Evaluation(resources=(side,) if side else (), outputs={}) for side in (before, after))
    return list(resource_consequences(*sides))


def test_another_cluster_loses_every_object() -> None:
    before, after = (cluster(clusterIdentifier=name) for name in ("kind-a", "kind-b"))
    (found,) = consequences(before, after)
    assert (found.kind, found.reason) == (Kind.DATA_LOSS, Reason.OTHER_CLUSTER)
    assert "from kind-a to kind-b" in found.message


def test_a_renamed_context_with_the_same_identifier_is_the_same_cluster() -> None:
    before, after = (cluster(context=name, clusterIdentifier="mine") for name in ("a", "b"))
    assert consequences(before, after) == []


def test_an_identifier_that_is_set_for_the_first_time_changes_nothing() -> None:
    assert consequences(cluster(), cluster(clusterIdentifier="mine")) == []


def test_a_release_with_another_namespace_is_installed_again() -> None:
    (found,) = consequences(release(), release(namespace="other"))
    assert (found.kind, found.reason) == (Kind.REPLACED, Reason.FORCES_REPLACEMENT)
    assert found.message.startswith("another namespace: ")


def test_a_removed_release_is_uninstalled() -> None:
    assert reasons(consequences(release(), None)) == [(Kind.REPLACED, Reason.REMOVED)]


def test_a_release_with_another_logical_name_collides_with_the_installed_release() -> None:
    (found,) = consequences(release(), release("other"))
    assert (found.kind, found.reason) == (Kind.REFUSED, Reason.OTHER_RESOURCE)


def test_new_values_are_no_new_release() -> None:
    assert consequences(release(values={"a": 1}), release(values={"a": 2})) == []


def test_a_protected_password_that_is_no_longer_declared_stops_the_update() -> None:
    found = consequences(registered(PASSWORD, {}, protect=True), None)
    assert reasons(found) == [(Kind.REFUSED, Reason.PROTECTED)]
    assert consequences(registered(PASSWORD, {}), None) == []
