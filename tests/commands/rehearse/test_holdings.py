"""What a namespace holds, and what an upgrade changed in it."""

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.holdings import LiveObject, changes, component
from airflow_k8s.commands.rehearse.report import Change

# A change that a rehearsal need not tell of.
NOISE: list[dict[str, Any]] = [
    {"status": {"readyReplicas": 2}},
    {"metadata": {"resourceVersion": "8", "generation": 3}},
    {"metadata": {"managedFields": [{"manager": "kubectl"}]}},
    {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "2"}}},
    {"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}},
]


def held(
    kind: str, name: str, *, uid: str = "", whose: str = "program", **fields: Any
) -> LiveObject:
    """An object of the program, of the release, of a controller or of nobody."""
    metadata = {"name": name, "uid": uid or f"uid-of-{name}", **fields.pop("metadata", {})}
    return LiveObject(
        manifest={"kind": kind, "metadata": metadata, "spec": {}, **fields},
        urn="urn:…::name" if whose == "program" else "",
        release="airflow" if whose == "release" else "",
        owned=whose == "controller",
    )


def pod(name: str, part: str, owner: str = "ReplicaSet", **fields: Any) -> LiveObject:
    metadata = {"labels": {"component": part}, "ownerReferences": [{"kind": owner}]}
    metadata |= fields.pop("metadata", {})
    return held("Pod", name, whose="controller", metadata=metadata, **fields)


def told(before: Sequence[LiveObject], after: Sequence[LiveObject]) -> list[Change]:
    return list(changes(before, after))


def test_nothing_is_told_where_nothing_changed() -> None:
    every = [held("Secret", "a"), pod("s-1", "scheduler"), held("Job", "j", whose="release")]
    assert told(every, every) == []


def test_what_came_and_what_went_is_told() -> None:
    assert told([held("Secret", "old")], [held("Secret", "new")]) == [
        Change(effect="added", kind="Secret", name="new"),
        Change(effect="removed", kind="Secret", name="old"),
    ]


def test_an_object_of_the_same_name_that_is_another_was_replaced() -> None:
    before, after = held("Job", "j", uid="1", spec={"a": 1}), held("Job", "j", uid="2")
    assert told([before], [after]) == [Change(effect="replaced", kind="Job", name="j")]


def test_a_change_is_told_with_the_paths_of_its_fields() -> None:
    def deployment(image: str, replicas: int, **extra: str) -> LiveObject:
        containers = [{"name": "base", "image": image}, {"name": "sidecar", "image": "s:1"}]
        spec = {"replicas": replicas, "template": {"spec": {"containers": containers}}}
        return held("Deployment", "d", spec=spec, metadata={"labels": {"app": "d", **extra}})

    (change,) = told([deployment("a:1", 1)], [deployment("a:2", 2, chart="1.22.0")])
    assert change == Change(
        effect="updated",
        kind="Deployment",
        name="d",
        words="metadata.labels.chart, spec.replicas, spec.template.spec.containers.base.image",
    )


def test_the_text_of_a_secret_is_not_told() -> None:
    before, after = (held("Secret", "s", data={"key": each}) for each in ("aHVudGVy", "c2VjcmV0"))
    assert told([before], [after]) == [
        Change(effect="updated", kind="Secret", name="s", words="data.key")
    ]


def test_a_list_without_names_is_told_as_a_whole() -> None:
    before, after = (held("Job", "j", spec={"args": each}) for each in (["a"], ["a", "b"]))
    assert [c.words for c in told([before], [after])] == ["spec.args"]


@pytest.mark.parametrize("change", NOISE, ids=str)
def test_what_the_server_and_controllers_keep_in_an_object_is_no_change(
    change: dict[str, Any],
) -> None:
    assert told([held("Deployment", "d")], [held("Deployment", "d", **change)]) == []


def test_named_items_in_another_order_are_no_change() -> None:
    items = [{"name": "a"}, {"name": "b"}]
    before, after = held("Job", "j", spec=items), held("Job", "j", spec=items[::-1])
    assert told([before], [after]) == []


def test_workloads_all_of_whose_pods_are_new_were_restarted() -> None:
    before = [pod("a-1", "api-server"), pod("s-1", "scheduler"), pod("t-1", "triggerer")]
    after = [
        pod("a-2", "api-server"),
        pod("s-2", "scheduler"),
        pod("s-3", "scheduler"),
        pod("t-1", "triggerer"),
        pod("t-2", "triggerer"),
    ]
    assert told(before, after) == [
        Change(effect="restarted", kind="pods of", name="api-server", words="1 pod"),
        Change(effect="restarted", kind="pods of", name="scheduler", words="2 pods"),
    ]


def test_a_pod_of_the_same_name_that_is_another_was_restarted() -> None:
    before, after = pod("db-0", "database", uid="1"), pod("db-0", "database", uid="2")
    assert [c.name for c in told([before], [after])] == ["database"]


def test_an_old_pod_that_is_still_going_does_not_hide_a_restart() -> None:
    old, new = pod("s-1", "scheduler"), pod("s-2", "scheduler")
    going = pod("s-1", "scheduler", metadata={"deletionTimestamp": "now"})
    assert [(c.name, c.words) for c in told([old], [going, new])] == [("scheduler", "1 pod")]


def test_the_pods_of_jobs_are_new_each_time_and_not_told() -> None:
    before, after = pod("m-1", "migration", owner="Job"), pod("m-2", "migration", owner="Job")
    assert told([before], [after]) == []


@pytest.mark.parametrize("whose", ["program", "release", "controller"])
def test_what_somebody_answers_for_is_not_left_over(whose: str) -> None:
    each = held("Secret", "s", whose=whose)
    assert told([each], [each]) == []


def test_what_nobody_answers_for_is_left_over() -> None:
    each = held("Secret", "s", whose="nobody")
    assert told([each], [each]) == [Change(effect="left over", kind="Secret", name="s")]
    assert told([], [each]) == [Change(effect="added", kind="Secret", name="s")]


def test_a_claim_that_a_pod_uses_is_not_left_over() -> None:
    claim = held("PersistentVolumeClaim", "logs-airflow-triggerer-0", whose="nobody")
    volume = {"persistentVolumeClaim": {"claimName": "logs-airflow-triggerer-0"}}
    user = pod("airflow-triggerer-0", "triggerer", spec={"volumes": [volume]})
    assert told([claim, user], [claim, user]) == []
    assert [c.effect for c in told([claim], [claim])] == ["left over"]


def test_a_pod_is_known_by_its_part_in_the_platform() -> None:
    def called(**labels: str) -> str:
        return component({"metadata": {"name": "p-1", "labels": labels}})

    assert called(component="scheduler") == "scheduler"
    assert called(**{"app.kubernetes.io/component": "database", "component": "x"}) == "database"
    assert called(**{"cnpg.io/cluster": "airflow-postgresql"}) == "database"
    assert called() == "p-1"
