"""Which changes are answered with a replacement."""

from typing import Any

import pytest

from airflow_k8s.kube.replacement import changed, costs, forced

MANAGER = "us"


def fields_of(wanted: dict[str, Any], *, secrets: bool = True, maps: bool = False) -> list[str]:
    return forced(wanted, secrets_mutable=secrets, config_maps_mutable=maps)


def difference(
    wanted: dict[str, Any], live: dict[str, Any], *fields: str, owned: Any = None
) -> list[str]:
    """Of the fields those that differ; `owned` is what the manager set before."""
    entry = {"manager": MANAGER, "operation": "Apply", "fieldsV1": owned or {}}
    metadata = {"managedFields": [{"manager": "other", "operation": "Apply"}, entry]}
    return changed(fields, wanted, {"metadata": metadata, **live}, manager=MANAGER)


def test_a_claims_class_and_modes_cannot_be_changed_but_its_size_can() -> None:
    fields = fields_of({"kind": "PersistentVolumeClaim"})
    assert {"spec.storageClassName", "spec.accessModes"} <= set(fields)
    assert not {"spec", "spec.resources"} & set(fields)


def test_a_job_is_replaced_when_its_pods_change() -> None:
    assert "spec.template" in fields_of({"kind": "Job"})


def test_a_deployment_is_not() -> None:
    assert fields_of({"kind": "Deployment"}) == ["spec.selector"]


def test_the_text_of_a_secret_changes_in_place_only_where_the_stack_says_so() -> None:
    assert fields_of({"kind": "Secret"}, secrets=True) == ["type"]
    assert fields_of({"kind": "Secret"}, secrets=False) == ["type", "data"]


def test_likewise_that_of_a_configmap() -> None:
    assert fields_of({"kind": "ConfigMap"}, maps=False) == ["data", "binaryData"]
    assert fields_of({"kind": "ConfigMap"}, maps=True) == []


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_what_is_immutable_by_its_own_word_is_replaced_anyway(kind: str) -> None:
    assert "data" in fields_of({"kind": kind, "immutable": True}, secrets=True, maps=True)


def test_a_kind_without_such_fields_has_none() -> None:
    assert fields_of({"kind": "CronJob"}) == []


def test_a_field_that_differs_is_named() -> None:
    wanted = {"spec": {"storageClassName": "fast", "volumeName": "v"}}
    live = {"spec": {"storageClassName": "slow", "volumeName": "v"}}
    fields = ("spec.storageClassName", "spec.volumeName")
    assert difference(wanted, live, *fields) == ["spec.storageClassName"]


def test_what_the_server_added_is_no_change() -> None:
    container = {"name": "a", "image": "a:1"}
    template = {"spec": {"containers": [container]}}
    added = {"spec": {"containers": [{**container, "imagePullPolicy": "Always"}], "dnsPolicy": "x"}}
    wanted, live = {"spec": {"template": template}}, {"spec": {"template": added}}
    assert difference(wanted, live, "spec.template") == []
    container["image"] = "a:2"
    assert difference(wanted, live, "spec.template") == ["spec.template"]


def test_one_item_more_or_less_is_a_change() -> None:
    wanted = {"spec": {"accessModes": ["ReadWriteOnce"]}}
    live = {"spec": {"accessModes": ["ReadWriteOnce", "ReadWriteMany"]}}
    assert difference(wanted, live, "spec.accessModes") == ["spec.accessModes"]


@pytest.mark.parametrize("empty", [{}, [], "", None])
def test_what_is_empty_is_as_good_as_absent(empty: Any) -> None:
    template = {"metadata": {"annotations": empty}}
    wanted = {"spec": {"template": template}}
    live = {"spec": {"template": {"metadata": {}}}}
    assert difference(wanted, live, "spec.template") == []


def test_what_somebody_else_set_is_no_change_when_we_say_nothing() -> None:
    wanted = {"spec": {"accessModes": []}}
    live = {"spec": {"volumeName": "pvc-1"}}
    assert difference(wanted, live, "spec.volumeName") == []


def test_what_we_set_before_and_leave_out_now_is_a_change() -> None:
    wanted, live = {"spec": {"accessModes": []}}, {"spec": {"volumeName": "pvc-1"}}
    owned = {"f:spec": {"f:volumeName": {}}}
    assert difference(wanted, live, "spec.volumeName", owned=owned) == ["spec.volumeName"]
    assert difference(wanted, live, "type", owned={"f:type": {}}) == ["type"]


def test_a_field_that_is_new_is_a_change() -> None:
    assert difference({"spec": {"volumeName": "v"}}, {"spec": {}}, "spec.volumeName")
    assert difference({"spec": {"volumeName": "v"}}, {}, "spec.volumeName")


def test_a_replacement_that_loses_data_says_so() -> None:
    assert "DATA LOSS" in costs("PersistentVolumeClaim")
    assert "DATA LOSS" in costs("Namespace")
    assert "DATA LOSS" not in costs("StatefulSet")
    assert costs("Job") == ""
