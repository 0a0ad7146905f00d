"""Which objects a selector selects."""

from typing import Any

import pytest

from airflow_k8s.kube.selectors import matches_labels, selects


def labelled(**labels: str) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": "a", "labels": labels}}


def test_a_plain_selector_selects_an_object_that_has_all_its_labels() -> None:
    pod = labelled(app="x", tier="y")
    assert matches_labels({"app": "x"}, pod)
    assert matches_labels({"app": "x", "tier": "y"}, pod)
    assert not matches_labels({"app": "x", "tier": "z"}, pod)


def test_a_plain_selector_does_not_select_an_object_without_labels() -> None:
    assert not matches_labels({"app": "x"}, {"metadata": {"name": "a"}})
    assert not matches_labels({"app": "x"}, {"metadata": {"name": "a", "labels": None}})


def test_an_empty_plain_selector_selects_nothing_but_an_empty_label_selector_everything() -> None:
    assert not matches_labels({}, labelled(app="x"))
    assert selects({}, {"app": "x"})
    assert selects({}, {})


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ({"key": "tier", "operator": "In", "values": ["a", "b"]}, {"a", "b"}),
        ({"key": "tier", "operator": "NotIn", "values": ["a"]}, {"b", ""}),
        ({"key": "tier", "operator": "Exists"}, {"a", "b"}),
        ({"key": "tier", "operator": "DoesNotExist"}, {""}),
        ({"key": "tier", "operator": "DoesNotExist", "values": None}, {""}),
    ],
    ids=["In", "NotIn", "Exists", "DoesNotExist", "values null"],
)
def test_a_match_expression_selects_by_its_operator(
    expression: dict[str, Any], selected: set[str]
) -> None:
    objects: dict[str, dict[str, str]] = {"a": {"tier": "a"}, "b": {"tier": "b"}, "": {}}
    selector = {"matchExpressions": [expression]}
    assert {name for name, labels in objects.items() if selects(selector, labels)} == selected


def test_labels_and_expressions_of_a_selector_must_all_match() -> None:
    selector = {
        "matchLabels": {"app": "x"},
        "matchExpressions": [{"key": "tier", "operator": "Exists"}],
    }
    assert selects(selector, {"app": "x", "tier": "a"})
    assert not selects(selector, {"app": "x"})
    assert not selects(selector, {"tier": "a"})


def test_an_unknown_operator_is_an_error() -> None:
    with pytest.raises(ValueError, match="'Near' is no operator"):
        selects({"matchExpressions": [{"key": "a", "operator": "Near"}]}, {})
