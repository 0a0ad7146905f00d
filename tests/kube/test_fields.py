"""Comparing two objects field by field."""

from typing import Any

import pytest

from airflow_k8s.kube.fields import ABSENT, FieldChange, changes, child_path, path_parts
from airflow_k8s.stack.settings.secret import Secret


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {item.path: (item.before, item.after) for item in changes(before, after)}


def test_equal_objects_have_no_changes() -> None:
    both = {"spec": {"replicas": 1, "containers": [{"name": "a", "args": ["x"]}]}}
    assert changes(both, both) == []


def test_a_changed_field_has_its_path_and_both_values() -> None:
    before, after = {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}
    assert changes(before, after) == [FieldChange(path="spec.replicas", before=1, after=2)]


def test_an_added_mapping_is_one_change() -> None:
    probe = {"httpGet": {"path": "/", "port": 1}}
    assert changed({"a": 1}, {"a": 1, "probe": probe}) == {"probe": (ABSENT, probe)}


def test_a_null_and_an_empty_list_equal_an_absent_field() -> None:
    assert changed({"envFrom": [], "a": None}, {}) == {}


def test_an_empty_mapping_differs_from_an_absent_field() -> None:
    assert changed({"podSelector": {}}, {}) == {"podSelector": ({}, ABSENT)}


def test_true_differs_from_the_number_one() -> None:
    assert changed({"a": True}, {"a": 1}) == {"a": (True, 1)}


@pytest.mark.parametrize(
    ("field", "items"),
    [
        ("ports", [{"port": 1, "protocol": "TCP"}, {"port": 1, "protocol": "UDP"}]),
        ("subjects", [{"kind": "User", "name": "a"}, {"kind": "User", "name": "b"}]),
        ("accessModes", ["ReadWriteOnce", "ReadWriteMany"]),
        ("rules", [{"verbs": ["get"]}, {"verbs": ["list"]}]),
    ],
)
def test_the_order_of_items_is_ignored(field: str, items: list[Any]) -> None:
    assert changed({field: items}, {field: items[::-1]}) == {}


@pytest.mark.parametrize(
    ("field", "key"),
    [("env", "name"), ("initContainers", "name"), ("volumeMounts", "mountPath")],
)
def test_another_order_of_items_in_a_pod_template_is_a_change(field: str, key: str) -> None:
    before = [{key: "a"}, {key: "b"}]
    assert changed({field: before}, {field: before[::-1]}) == {field: (["a", "b"], ["b", "a"])}


def test_another_order_of_sources_of_variables_is_a_change() -> None:
    before = [{"secretRef": {"name": "a"}}, {"secretRef": {"name": "b"}}]
    assert changed({"envFrom": before}, {"envFrom": before[::-1]}) == {
        "envFrom": (before, before[::-1])
    }


@pytest.mark.parametrize(("one", "other"), [("1Gi", "1024Mi"), ("500m", "0.5"), ("1", 1)])
def test_equal_quantities_in_other_notations_are_no_change(one: Any, other: Any) -> None:
    before, after = ({"limits": {"memory": item}, "name": "x"} for item in (one, other))
    assert changed(before, after) == {}
    assert changed({"value": "1Gi"}, {"value": "1024Mi"}) != {}, "elsewhere it is a text"


def test_the_arguments_of_a_container_are_one_field() -> None:
    before, after = ["a", "b"], ["b", "a"]
    assert changed({"args": before}, {"args": after}) == {"args": (before, after)}


def test_a_list_item_is_matched_by_its_name_at_any_position() -> None:
    before = {"containers": [{"name": "git", "image": "g:1"}, {"name": "main", "image": "m:1"}]}
    after = {"containers": [{"name": "main", "image": "m:2"}, {"name": "git", "image": "g:1"}]}
    assert changed(before, after) == {
        "containers[main].image": ("m:1", "m:2"),
        "containers": (["git", "main"], ["main", "git"]),
    }


def test_a_volume_mount_is_matched_by_its_path_and_not_by_its_volume() -> None:
    before = {"volumeMounts": [{"name": "tmp", "mountPath": "/x"}]}
    after = {"volumeMounts": [{"name": "scratch", "mountPath": "/x"}]}
    assert changed(before, after) == {"volumeMounts[/x].name": ("tmp", "scratch")}


def test_a_changed_item_without_a_name_has_its_position_in_the_path() -> None:
    before = {"ingress": [{"ports": [{"port": 1}]}, {"ports": [{"port": 2}]}]}
    after = {"ingress": [{"ports": [{"port": 1}]}, {"ports": [{"port": 3}]}]}
    assert changed(before, after) == {
        "ingress[1].ports[2]": ({"port": 2}, ABSENT),
        "ingress[1].ports[3]": (ABSENT, {"port": 3}),
    }


def test_items_with_the_same_name_are_not_matched_by_name() -> None:
    before = {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}
    after = {"env": [{"name": "A", "value": "1"}]}
    assert changed(before, after) == {"env[]": ({"name": "A", "value": "2"}, ABSENT)}


def test_a_document_in_a_text_is_compared_field_by_field() -> None:
    before = {"data": {"airflow.cfg": "[core]\nparallelism = 4\n", "facts.json": '{"a": [1]}'}}
    after = {"data": {"airflow.cfg": "[core]\nparallelism=8\n", "facts.json": '{"a":  [1]}'}}
    assert changed(before, after) == {"data[airflow.cfg].core.parallelism": ("4", "8")}


def test_a_text_that_is_no_valid_document_is_compared_as_text() -> None:
    assert changed({"a.cfg": "no section"}, {"a.cfg": "none"}) == {
        "[a.cfg]": ("no section", "none")
    }


def test_secrets_are_compared_and_stay_hidden() -> None:
    (found,) = changes({"a": Secret("one")}, {"a": Secret("two")})
    assert "one" not in repr(found)
    assert changes({"a": Secret("one")}, {"a": Secret("one")}) == []


@pytest.mark.parametrize(
    "path",
    [
        ["spec", "replicas"],
        ["metadata", "annotations", "checksum/airflow-config"],
        ["data", "airflow.cfg", "core", "parallelism"],
        ["a", "with (brackets) in it", "b"],
    ],
)
def test_a_path_is_split_into_the_keys_that_it_was_made_of(path: list[str]) -> None:
    joined = ""
    for key in path:
        joined = child_path(joined, key)
    assert path_parts(joined) == path
