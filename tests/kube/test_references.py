"""The Secrets, ConfigMaps and claims that a pod refers to."""

from typing import Any

import pytest

from airflow_k8s.kube.references import (
    Reference,
    mounted_claims,
    pull_secrets,
    references,
    secrets_of,
)


def of_volume(**volume: Any) -> list[Reference]:
    return list(references({"volumes": [{"name": "v", **volume}], "containers": []}))


def of_container(**container: Any) -> list[Reference]:
    return list(references({"containers": [{"name": "c", **container}]}))


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        (
            {"persistentVolumeClaim": {"claimName": "data"}},
            Reference(kind="PersistentVolumeClaim", name="data"),
        ),
        ({"secret": {"secretName": "s"}}, Reference(kind="Secret", name="s")),
        (
            {"secret": {"secretName": "s", "optional": True}},
            Reference(kind="Secret", name="s", optional=True),
        ),
        (
            {"secret": {"secretName": "s", "items": [{"key": "k", "path": "p"}]}},
            Reference(kind="Secret", name="s", key="k"),
        ),
        ({"configMap": {"name": "m"}}, Reference(kind="ConfigMap", name="m")),
        (
            {"projected": {"sources": [{"secret": {"name": "s"}}]}},
            Reference(kind="Secret", name="s"),
        ),
        (
            {"projected": {"sources": [{"configMap": {"name": "m", "items": [{"key": "k"}]}}]}},
            Reference(kind="ConfigMap", name="m", key="k"),
        ),
    ],
)
def test_a_volume_refers_to_an_object(volume: dict[str, Any], expected: Reference) -> None:
    assert of_volume(**volume) == [expected]


def test_a_volume_with_several_keys_has_one_reference_for_each_key() -> None:
    items = [{"key": "a", "path": "a"}, {"key": "b", "path": "b"}]
    found = of_volume(secret={"secretName": "s", "items": items})
    assert [reference.key for reference in found] == ["a", "b"]


def test_other_volumes_refer_to_nothing() -> None:
    assert of_volume(emptyDir={}) == []
    assert of_volume(projected={"sources": [{"serviceAccountToken": {"path": "token"}}]}) == []


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"envFrom": [{"secretRef": {"name": "s"}}]}, Reference(kind="Secret", name="s")),
        (
            {"envFrom": [{"configMapRef": {"name": "m", "optional": True}}]},
            Reference(kind="ConfigMap", name="m", optional=True),
        ),
        (
            {"env": [{"name": "V", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]},
            Reference(kind="Secret", name="s", key="k"),
        ),
        (
            {"env": [{"name": "V", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "k"}}}]},
            Reference(kind="ConfigMap", name="m", key="k"),
        ),
    ],
)
def test_a_variable_refers_to_an_object(container: dict[str, Any], expected: Reference) -> None:
    assert of_container(**container) == [expected]


def test_a_variable_with_a_value_or_a_field_refers_to_nothing() -> None:
    by_field = {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    assert of_container(env=[{"name": "A", "value": "plain"}, by_field]) == []


def test_the_secrets_of_a_pod_include_projected_ones_and_those_for_pulling_images() -> None:
    spec = {
        "imagePullSecrets": [{"name": "registry"}],
        "initContainers": [{"name": "i", "envFrom": [{"secretRef": {"name": "all"}}]}],
        "containers": [
            {
                "name": "c",
                "env": [{"name": "V", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                "envFrom": [{"configMapRef": {"name": "no-secret"}}],
            }
        ],
        "volumes": [
            {"name": "a", "secret": {"secretName": "cert"}},
            {"name": "b", "projected": {"sources": [{"secret": {"name": "part"}}]}},
            {"name": "c", "persistentVolumeClaim": {"claimName": "data"}},
        ],
    }
    assert secrets_of(spec) == {"registry", "all", "s", "cert", "part"}
    assert mounted_claims(spec) == ["data"]


def test_a_secret_for_pulling_images_is_not_needed_to_start() -> None:
    spec = {"imagePullSecrets": [{"name": "registry"}], "containers": []}
    assert list(references(spec)) == []
    assert pull_secrets(spec) == [Reference(kind="Secret", name="registry")]
