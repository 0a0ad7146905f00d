"""What differs between two objects, field by field."""

from typing import Any

import pytest

from airflow_k8s.kube.fields import ABSENT, FieldChange, changes, child_path, path_parts
from airflow_k8s.stack.settings.secret import Secret


def told(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {each.path: (each.before, each.after) for each in changes(before, after)}


def test_what_is_the_same_is_no_change() -> None:
    both = {"spec": {"replicas": 1, "containers": [{"name": "a", "args": ["x"]}]}}
    assert changes(both, both) == []


def test_a_field_that_differs_is_told_with_its_path_and_both_sides() -> None:
    before, after = {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}
    assert changes(before, after) == [FieldChange(path="spec.replicas", before=1, after=2)]


def test_what_comes_is_told_as_one_change_however_much_is_in_it() -> None:
    probe = {"httpGet": {"path": "/", "port": 1}}
    assert told({"a": 1}, {"a": 1, "probe": probe}) == {"probe": (ABSENT, probe)}


def test_a_null_is_not_a_value_and_an_empty_list_is_not_one_either() -> None:
    assert told({"envFrom": [], "a": None}, {}) == {}


def test_an_empty_object_is_something_else_than_none() -> None:
    assert told({"podSelector": {}}, {}) == {"podSelector": ({}, ABSENT)}


def test_true_is_not_one() -> None:
    assert told({"a": True}, {"a": 1}) == {"a": (True, 1)}


@pytest.mark.parametrize(
    ("field", "items"),
    [
        ("ports", [{"port": 1, "protocol": "TCP"}, {"port": 1, "protocol": "UDP"}]),
        ("subjects", [{"kind": "User", "name": "a"}, {"kind": "User", "name": "b"}]),
        ("accessModes", ["ReadWriteOnce", "ReadWriteMany"]),
        ("rules", [{"verbs": ["get"]}, {"verbs": ["list"]}]),
    ],
)
def test_the_order_of_items_is_no_change(field: str, items: list[Any]) -> None:
    assert told({field: items}, {field: items[::-1]}) == {}


@pytest.mark.parametrize(
    ("field", "key"),
    [("env", "name"), ("initContainers", "name"), ("volumeMounts", "mountPath")],
)
def test_but_in_a_pod_s_template_it_is_another_template(field: str, key: str) -> None:
    before = [{key: "a"}, {key: "b"}]
    assert told({field: before}, {field: before[::-1]}) == {field: (["a", "b"], ["b", "a"])}


def test_of_what_sets_variables_the_last_one_wins() -> None:
    before = [{"secretRef": {"name": "a"}}, {"secretRef": {"name": "b"}}]
    assert told({"envFrom": before}, {"envFrom": before[::-1]}) == {
        "envFrom": (before, before[::-1])
    }


@pytest.mark.parametrize(("one", "other"), [("1Gi", "1024Mi"), ("500m", "0.5"), ("1", 1)])
def test_an_amount_is_the_same_however_it_is_written(one: Any, other: Any) -> None:
    before, after = ({"limits": {"memory": each}, "name": "x"} for each in (one, other))
    assert told(before, after) == {}
    assert told({"value": "1Gi"}, {"value": "1024Mi"}) != {}, "elsewhere it is a text"


def test_but_that_of_words_on_a_command_line_is() -> None:
    before, after = ["a", "b"], ["b", "a"]
    assert told({"args": before}, {"args": after}) == {"args": (before, after)}


def test_an_item_is_found_by_its_name_wherever_it_stands() -> None:
    before = {"containers": [{"name": "git", "image": "g:1"}, {"name": "main", "image": "m:1"}]}
    after = {"containers": [{"name": "main", "image": "m:2"}, {"name": "git", "image": "g:1"}]}
    assert told(before, after) == {
        "containers[main].image": ("m:1", "m:2"),
        "containers": (["git", "main"], ["main", "git"]),
    }


def test_a_mount_is_known_by_where_it_is_mounted_not_by_its_volume() -> None:
    before = {"volumeMounts": [{"name": "tmp", "mountPath": "/x"}]}
    after = {"volumeMounts": [{"name": "scratch", "mountPath": "/x"}]}
    assert told(before, after) == {"volumeMounts[/x].name": ("tmp", "scratch")}


def test_an_item_without_a_name_that_changes_is_told_by_its_place() -> None:
    before = {"ingress": [{"ports": [{"port": 1}]}, {"ports": [{"port": 2}]}]}
    after = {"ingress": [{"ports": [{"port": 1}]}, {"ports": [{"port": 3}]}]}
    assert told(before, after) == {
        "ingress[1].ports[2]": ({"port": 2}, ABSENT),
        "ingress[1].ports[3]": (ABSENT, {"port": 3}),
    }


def test_names_that_occur_twice_tell_nothing_apart() -> None:
    before = {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}
    after = {"env": [{"name": "A", "value": "1"}]}
    assert told(before, after) == {"env[]": ({"name": "A", "value": "2"}, ABSENT)}


def test_a_document_in_a_text_is_compared_as_one() -> None:
    before = {"data": {"airflow.cfg": "[core]\nparallelism = 4\n", "facts.json": '{"a": [1]}'}}
    after = {"data": {"airflow.cfg": "[core]\nparallelism=8\n", "facts.json": '{"a":  [1]}'}}
    assert told(before, after) == {"data[airflow.cfg].core.parallelism": ("4", "8")}


def test_a_text_that_is_none_after_all_is_compared_as_text() -> None:
    assert told({"a.cfg": "no section"}, {"a.cfg": "none"}) == {"[a.cfg]": ("no section", "none")}


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
def test_a_path_can_be_taken_apart_again(path: list[str]) -> None:
    whole = ""
    for key in path:
        whole = child_path(whole, key)
    assert path_parts(whole) == path
