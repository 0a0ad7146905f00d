"""The cluster at one moment."""

from typing import Any

import pytest

from airflow_k8s.kube.state import (
    WAITS,
    World,
    condition,
    condition_words,
    containers,
    has_started,
    is_over,
    selects,
)


def made(kind: str, name: str, namespace: str = "airflow", **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "uid": name, **fields.pop("metadata", {})}
    return {"kind": kind, "metadata": metadata, **fields}


def test_objects_are_found_by_kind_name_and_namespace() -> None:
    ours, theirs = made("Secret", "a"), made("Secret", "a", "other")
    node = {"kind": "Node", "metadata": {"name": "n"}}
    world = World([ours, theirs, node])
    assert world.find("Secret", "a", "airflow") is ours
    assert world.find("Secret", "a", "other") is theirs
    assert world.find("Secret", "a") is None
    assert world.find("ConfigMap", "a", "airflow") is None
    assert world.find("Node", "n") is node


def test_those_of_a_kind_are_those_of_one_namespace_or_of_all() -> None:
    ours, theirs = made("Secret", "a"), made("Secret", "b", "other")
    world = World([ours, theirs, made("Pod", "c")])
    assert list(world.of("Secret", "airflow")) == [ours]
    assert list(world.of("Secret")) == [ours, theirs]
    assert not list(world.of("Job"))


def test_an_owner_is_found_in_the_same_namespace() -> None:
    owner, stranger = made("ReplicaSet", "r"), made("ReplicaSet", "r", "other")
    references = [{"kind": "Widget", "name": "w"}, {"kind": "ReplicaSet", "name": "r"}]
    pod = made("Pod", "p", metadata={"ownerReferences": references})
    assert World([stranger, owner, pod]).owner(pod) is owner
    assert World([stranger, pod]).owner(pod) is None
    assert World([owner]).owner(made("Pod", "alone")) is None


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"nodeName": "n"}},
        {"status": {"phase": "Running"}},
        {"status": {"readyReplicas": 1}},
        {"status": {"succeeded": 1}},
        {"status": {"failed": 1}},
        {"status": {"conditions": [{"type": "Ready", "status": "True"}]}},
        {"metadata": {"generation": 2}},
        {"metadata": {"deletionTimestamp": "now"}},
        {"metadata": {"annotations": {WAITS: "a volume"}}},
    ],
    ids=lambda change: str(next(iter(change.values()))),
)
def test_it_moves_while_anything_comes_up_or_goes(change: dict[str, Any]) -> None:
    before, after = World([made("Pod", "a")]), World([made("Pod", "a", **change)])
    assert before.progress() != after.progress()


def test_it_moves_when_something_comes() -> None:
    before = World([made("Pod", "a")])
    assert before.progress() != World([made("Pod", "a"), made("Pod", "b")]).progress()


def test_it_stands_still_while_only_the_same_words_are_said_again() -> None:
    before = World([made("Pod", "a"), made("Event", "e1"), made("Secret", "s")])
    after = World([made("Pod", "a", metadata={"resourceVersion": "7"}), made("Event", "e2")])
    assert before.progress() == after.progress()


def test_a_condition_is_true_false_unknown_or_not_there() -> None:
    status = {"conditions": [{"type": "Ready", "status": "False", "message": "not yet"}]}
    each = made("Pod", "a", status=status)
    assert (condition(each, "Ready"), condition_words(each, "Ready")) == ("False", "not yet")
    assert (condition(each, "Gone"), condition_words(each, "Gone")) == ("", "")
    assert condition(made("Pod", "a"), "Ready") == ""
    assert condition(made("Pod", "a", status={"conditions": None}), "Ready") == ""


def test_a_pod_is_over_when_it_has_ended_or_is_about_to() -> None:
    assert is_over(made("Pod", "a", status={"phase": "Succeeded"}))
    assert is_over(made("Pod", "a", status={"phase": "Failed"}))
    assert is_over(made("Pod", "a", metadata={"deletionTimestamp": "now"}))
    assert not is_over(made("Pod", "a", status={"phase": "Running"}))
    assert not is_over(made("Pod", "a"))


def test_a_pod_has_started_when_it_has_an_address() -> None:
    assert has_started(made("Pod", "a", status={"podIP": "10.0.0.1"}))
    assert not has_started(made("Pod", "a", status={"phase": "Pending"}))


def test_containers_that_run_before_come_first() -> None:
    spec = {"containers": [{"name": "b"}], "initContainers": [{"name": "a"}]}
    assert [c["name"] for c in containers(spec)] == ["a", "b"]
    assert [c["name"] for c in containers({"containers": [{"name": "b"}]})] == ["b"]


def test_a_selector_takes_what_has_all_its_labels() -> None:
    pod = made("Pod", "a", metadata={"labels": {"app": "x", "tier": "y"}})
    assert selects({"app": "x"}, pod)
    assert selects({"app": "x", "tier": "y"}, pod)
    assert not selects({"app": "x", "tier": "z"}, pod)
    assert not selects({"app": "x"}, made("Pod", "a"))
    assert not selects({}, pod), "a Service without a selector selects nothing"
