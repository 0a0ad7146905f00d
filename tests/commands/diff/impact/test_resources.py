"""What becomes of what Pulumi registers besides objects."""

from typing import Any

from airflow_k8s.commands.diff.impact.resources import resources
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource

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


def told(before: RegisteredResource, after: RegisteredResource | None) -> list[tuple[str, str]]:
    sides = (Evaluation(resources=(each,) if each else (), outputs={}) for each in (before, after))
    return [(each.kind, each.words) for each in resources(*sides)]


def test_another_cluster_is_every_object_anew() -> None:
    before, after = (cluster(clusterIdentifier=each) for each in ("kind-a", "kind-b"))
    ((kind, words),) = told(before, after)
    assert kind == "lost"
    assert "was kind-a and is kind-b" in words


def test_a_renamed_context_with_the_same_identifier_is_none() -> None:
    before, after = (cluster(context=each, clusterIdentifier="mine") for each in ("a", "b"))
    assert told(before, after) == []


def test_an_identifier_that_was_not_there_before_changes_nothing() -> None:
    assert told(cluster(), cluster(clusterIdentifier="mine")) == []


def test_a_release_of_another_name_or_namespace_is_installed_anew() -> None:
    assert told(release(), release(namespace="other")) == [
        (
            "replaced",
            "another namespace: Helm installs it anew and uninstalls the old one",
        )
    ]


def test_a_release_that_goes_is_uninstalled() -> None:
    assert told(release(), None) == [("replaced", "Helm uninstalls it")]


def test_a_release_under_another_name_in_the_program_meets_itself() -> None:
    ((kind, words),) = told(release(), release("other"))
    assert kind == "refused"
    assert "Give it an alias" in words


def test_new_values_are_no_new_release() -> None:
    assert told(release(values={"a": 1}), release(values={"a": 2})) == []


def test_a_protected_password_that_is_no_longer_declared_stops_the_update() -> None:
    ((kind, _),) = told(registered(PASSWORD, {}, protect=True), None)
    assert kind == "refused"
    assert told(registered(PASSWORD, {}), None) == []
