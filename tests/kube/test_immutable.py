"""The fields that the API server refuses to change."""

import pytest

from airflow_k8s.kube.immutable import immutable_below_spec, immutable_fields
from airflow_k8s.kube.replacement import replacing_fields


def test_the_selector_of_a_deployment_can_not_change() -> None:
    assert immutable_fields("Deployment", is_marked=False) == ("spec.selector",)


def test_the_data_of_a_config_map_can_not_change_if_it_is_marked_immutable() -> None:
    assert immutable_fields("ConfigMap", is_marked=False) == ()
    assert "data" in immutable_fields("ConfigMap", is_marked=True)


def test_most_of_the_spec_of_a_stateful_set_can_not_change() -> None:
    changed = [
        "metadata.labels.app",
        "spec.replicas",
        "spec.template.spec.containers[a].image",
        "spec.templateOther",
        "spec.serviceName",
    ]
    assert immutable_below_spec("StatefulSet", changed) == [
        "spec.templateOther",
        "spec.serviceName",
    ]


def test_only_the_size_and_the_attributes_class_of_a_claim_can_change() -> None:
    changed = ["spec.resources.requests.storage", "spec.accessModes[]"]
    assert immutable_below_spec("PersistentVolumeClaim", changed) == ["spec.accessModes[]"]


def test_a_kind_without_rules_may_change_its_complete_spec() -> None:
    assert immutable_below_spec("Deployment", ["spec.replicas"]) == []


@pytest.mark.parametrize(
    ("kind", "field"),
    [("Job", "spec.completionMode"), ("PriorityClass", "value")],
)
def test_a_field_may_be_immutable_although_pulumi_does_not_replace_the_object(
    kind: str, field: str
) -> None:
    assert field in immutable_fields(kind, is_marked=False)
    replacing = replacing_fields({"kind": kind}, secrets_mutable=True, config_maps_mutable=True)
    assert field not in replacing


def test_pulumi_may_replace_an_object_although_its_field_is_mutable() -> None:
    kind, field = "StatefulSet", "spec.revisionHistoryLimit"
    assert immutable_below_spec(kind, [field]) == []
    assert field in replacing_fields({"kind": kind}, secrets_mutable=True, config_maps_mutable=True)
