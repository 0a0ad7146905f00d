"""Which changes make Pulumi replace an object, and what is lost."""

from typing import Any

import pytest

from airflow_k8s.kube.data import HOLDS_DATA
from airflow_k8s.kube.replacement import (
    changed_fields,
    loses_data,
    replacement_effect,
    replacing_fields,
)

MANAGER = "us"


def fields_of(desired: dict[str, Any], *, secrets: bool = True, maps: bool = False) -> list[str]:
    return replacing_fields(desired, secrets_mutable=secrets, config_maps_mutable=maps)


def difference(
    desired: dict[str, Any], live: dict[str, Any], *fields: str, owned: Any = None
) -> list[str]:
    """Those of the fields that differ; `owned` are the fields that the manager set before."""
    entry = {"manager": MANAGER, "operation": "Apply", "fieldsV1": owned or {}}
    metadata = {"managedFields": [{"manager": "other", "operation": "Apply"}, entry]}
    return changed_fields(fields, desired, {"metadata": metadata, **live}, manager=MANAGER)


def test_a_claim_is_replaced_for_its_class_and_modes_but_not_for_its_size() -> None:
    fields = fields_of({"kind": "PersistentVolumeClaim"})
    assert {"spec.storageClassName", "spec.accessModes"} <= set(fields)
    assert not {"spec", "spec.resources"} & set(fields)


def test_a_job_is_replaced_when_its_pods_change() -> None:
    assert "spec.template" in fields_of({"kind": "Job"})


def test_a_deployment_is_replaced_only_for_its_selector() -> None:
    assert fields_of({"kind": "Deployment"}) == ["spec.selector"]


def test_the_data_of_a_secret_changes_in_place_only_if_the_provider_option_is_set() -> None:
    assert fields_of({"kind": "Secret"}, secrets=True) == ["type"]
    assert fields_of({"kind": "Secret"}, secrets=False) == ["type", "data"]


def test_the_data_of_a_config_map_changes_in_place_only_if_the_provider_option_is_set() -> None:
    assert fields_of({"kind": "ConfigMap"}, maps=False) == ["data", "binaryData"]
    assert fields_of({"kind": "ConfigMap"}, maps=True) == []


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_an_object_with_immutable_true_is_replaced_with_any_provider_option(kind: str) -> None:
    assert "data" in fields_of({"kind": kind, "immutable": True}, secrets=True, maps=True)


def test_a_kind_without_such_fields_has_none() -> None:
    assert fields_of({"kind": "CronJob"}) == []


def test_a_field_that_differs_is_named() -> None:
    desired = {"spec": {"storageClassName": "fast", "volumeName": "v"}}
    live = {"spec": {"storageClassName": "slow", "volumeName": "v"}}
    fields = ("spec.storageClassName", "spec.volumeName")
    assert difference(desired, live, *fields) == ["spec.storageClassName"]


def test_a_default_that_the_server_added_is_no_change() -> None:
    container = {"name": "a", "image": "a:1"}
    template = {"spec": {"containers": [container]}}
    added = {"spec": {"containers": [{**container, "imagePullPolicy": "Always"}], "dnsPolicy": "x"}}
    desired, live = {"spec": {"template": template}}, {"spec": {"template": added}}
    assert difference(desired, live, "spec.template") == []
    container["image"] = "a:2"
    assert difference(desired, live, "spec.template") == ["spec.template"]


def test_one_item_more_or_less_is_a_change() -> None:
    desired = {"spec": {"accessModes": ["ReadWriteOnce"]}}
    live = {"spec": {"accessModes": ["ReadWriteOnce", "ReadWriteMany"]}}
    assert difference(desired, live, "spec.accessModes") == ["spec.accessModes"]


@pytest.mark.parametrize("empty", [{}, [], "", None])
def test_an_empty_value_equals_an_absent_one(empty: Any) -> None:
    template = {"metadata": {"annotations": empty}}
    desired = {"spec": {"template": template}}
    live = {"spec": {"template": {"metadata": {}}}}
    assert difference(desired, live, "spec.template") == []


def test_a_field_of_another_manager_that_is_not_desired_is_no_change() -> None:
    desired = {"spec": {"accessModes": []}}
    live = {"spec": {"volumeName": "pvc-1"}}
    assert difference(desired, live, "spec.volumeName") == []


def test_a_field_that_the_manager_set_before_and_leaves_out_now_is_a_change() -> None:
    desired, live = {"spec": {"accessModes": []}}, {"spec": {"volumeName": "pvc-1"}}
    owned = {"f:spec": {"f:volumeName": {}}}
    assert difference(desired, live, "spec.volumeName", owned=owned) == ["spec.volumeName"]
    assert difference(desired, live, "type", owned={"f:type": {}}) == ["type"]


def test_a_field_that_is_new_is_a_change() -> None:
    assert difference({"spec": {"volumeName": "v"}}, {"spec": {}}, "spec.volumeName")
    assert difference({"spec": {"volumeName": "v"}}, {}, "spec.volumeName")


@pytest.mark.parametrize("kind", sorted(HOLDS_DATA))
def test_the_replacement_of_an_object_that_holds_data_loses_data(kind: str) -> None:
    assert loses_data(kind)
    assert replacement_effect(kind).startswith("DATA LOSS: ")


def test_the_replacement_of_a_workload_loses_no_data() -> None:
    assert not loses_data("StatefulSet")
    assert replacement_effect("StatefulSet").endswith("its claims are kept")
    assert not loses_data("Job")
    assert replacement_effect("Job") == ""
