"""What an upgrade changed in a namespace."""

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.changes import changes, upgrade_changes
from airflow_k8s.commands.rehearse.live_objects import LiveObject, component
from airflow_k8s.commands.rehearse.report import Change, Effect, Step

# Changes by the server and by controllers.
NOISE: list[dict[str, Any]] = [
    {"status": {"readyReplicas": 2}},
    {"metadata": {"resourceVersion": "8", "generation": 3}},
    {"metadata": {"managedFields": [{"manager": "kubectl"}]}},
    {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "2"}}},
    {"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}},
]


def live_object(
    kind: str, name: str, *, uid: str = "", manager: str = "program", **fields: Any
) -> LiveObject:
    """An object of the program, of the release, of a controller or without a manager."""
    metadata = {"name": name, "uid": uid or f"uid-of-{name}", **fields.pop("metadata", {})}
    return LiveObject(
        manifest={"kind": kind, "metadata": metadata, "spec": {}, **fields},
        urn="urn:…::name" if manager == "program" else "",
        release="airflow" if manager == "release" else "",
        controlled=manager == "controller",
    )


def pod(name: str, part: str, owner: str = "ReplicaSet", **fields: Any) -> LiveObject:
    metadata = {"labels": {"component": part}, "ownerReferences": [{"kind": owner}]}
    metadata |= fields.pop("metadata", {})
    return live_object("Pod", name, manager="controller", metadata=metadata, **fields)


def found(before: Sequence[LiveObject], after: Sequence[LiveObject]) -> list[Change]:
    return list(changes(before, after))


def test_unchanged_objects_have_no_change() -> None:
    every = [
        live_object("Secret", "a"),
        pod("s-1", "scheduler"),
        live_object("Job", "j", manager="release"),
    ]
    assert found(every, every) == []


def test_new_and_missing_objects_are_added_and_removed() -> None:
    assert found([live_object("Secret", "old")], [live_object("Secret", "new")]) == [
        Change(effect=Effect.ADDED, kind="Secret", name="new"),
        Change(effect=Effect.REMOVED, kind="Secret", name="old"),
    ]


def test_an_object_with_another_uid_was_replaced() -> None:
    before, after = (
        live_object("Job", "j", uid="1", spec={"a": 1}),
        live_object("Job", "j", uid="2"),
    )
    assert found([before], [after]) == [Change(effect=Effect.REPLACED, kind="Job", name="j")]


def test_an_updated_object_has_the_paths_of_its_changed_fields() -> None:
    def deployment(image: str, replicas: int, **extra: str) -> LiveObject:
        containers = [{"name": "base", "image": image}, {"name": "sidecar", "image": "s:1"}]
        spec = {"replicas": replicas, "template": {"spec": {"containers": containers}}}
        return live_object("Deployment", "d", spec=spec, metadata={"labels": {"app": "d", **extra}})

    (change,) = found([deployment("a:1", 1)], [deployment("a:2", 2, chart="1.22.0")])
    assert change == Change(
        effect=Effect.UPDATED,
        kind="Deployment",
        name="d",
        message="metadata.labels.chart, spec.replicas, spec.template.spec.containers[base].image",
    )


def test_the_value_of_a_secret_is_not_shown() -> None:
    before, after = (
        live_object("Secret", "s", data={"key": item}) for item in ("aHVudGVy", "c2VjcmV0")
    )
    assert found([before], [after]) == [
        Change(effect=Effect.UPDATED, kind="Secret", name="s", message="data.key")
    ]


def test_a_list_without_names_is_one_changed_field() -> None:
    before, after = (live_object("Job", "j", spec={"args": item}) for item in (["a"], ["a", "b"]))
    assert [c.message for c in found([before], [after])] == ["spec.args"]


@pytest.mark.parametrize("change", NOISE, ids=str)
def test_fields_of_the_server_and_of_controllers_are_ignored(
    change: dict[str, Any],
) -> None:
    assert found([live_object("Deployment", "d")], [live_object("Deployment", "d", **change)]) == []


def test_the_order_of_named_items_is_ignored() -> None:
    items = [{"name": "a"}, {"name": "b"}]
    before, after = live_object("Job", "j", spec=items), live_object("Job", "j", spec=items[::-1])
    assert found([before], [after]) == []


def test_the_order_of_variables_is_a_change_because_later_ones_refer_to_earlier_ones() -> None:
    items = [{"name": "a", "value": "1"}, {"name": "b", "value": "$(a)"}]
    before = live_object("Job", "j", spec={"env": items})
    after = live_object("Job", "j", spec={"env": items[::-1]})
    assert [change.message for change in found([before], [after])] == ["spec.env"]


def test_a_component_with_new_pods_only_was_restarted() -> None:
    before = [pod("a-1", "api-server"), pod("s-1", "scheduler"), pod("t-1", "triggerer")]
    after = [
        pod("a-2", "api-server"),
        pod("s-2", "scheduler"),
        pod("s-3", "scheduler"),
        pod("t-1", "triggerer"),
        pod("t-2", "triggerer"),
    ]
    assert found(before, after) == [
        Change(effect=Effect.RESTARTED, kind="component", name="api-server", message="1 pod"),
        Change(effect=Effect.RESTARTED, kind="component", name="scheduler", message="2 pods"),
    ]


def test_a_pod_with_another_uid_was_restarted() -> None:
    before, after = pod("db-0", "database", uid="1"), pod("db-0", "database", uid="2")
    assert [c.name for c in found([before], [after])] == ["database"]


def test_a_terminating_pod_does_not_hide_a_restart() -> None:
    old, new = pod("s-1", "scheduler"), pod("s-2", "scheduler")
    terminating = pod("s-1", "scheduler", metadata={"deletionTimestamp": "now"})
    assert [(c.name, c.message) for c in found([old], [terminating, new])] == [
        ("scheduler", "1 pod")
    ]


def test_pods_of_jobs_are_ignored() -> None:
    before, after = pod("m-1", "migration", owner="Job"), pod("m-2", "migration", owner="Job")
    assert found([before], [after]) == []


@pytest.mark.parametrize("manager", ["program", "release", "controller"])
def test_a_managed_object_is_not_orphaned(manager: str) -> None:
    item = live_object("Secret", "s", manager=manager)
    assert found([item], [item]) == []


def test_an_object_without_a_manager_is_orphaned() -> None:
    item = live_object("Secret", "s", manager="none")
    assert found([item], [item]) == [Change(effect=Effect.ORPHANED, kind="Secret", name="s")]
    assert found([], [item]) == [Change(effect=Effect.ADDED, kind="Secret", name="s")]


def test_a_claim_that_a_pod_mounts_is_not_orphaned() -> None:
    claim = live_object("PersistentVolumeClaim", "logs-airflow-triggerer-0", manager="none")
    volume = {"persistentVolumeClaim": {"claimName": "logs-airflow-triggerer-0"}}
    user = pod("airflow-triggerer-0", "triggerer", spec={"volumes": [volume]})
    assert found([claim, user], [claim, user]) == []
    assert [c.effect for c in found([claim], [claim])] == ["orphaned"]


def test_the_component_of_a_pod_comes_from_its_labels() -> None:
    def component_of(**labels: str) -> str:
        return component({"metadata": {"name": "p-1", "labels": labels}})

    assert component_of(component="scheduler") == "scheduler"
    assert (
        component_of(**{"app.kubernetes.io/component": "database", "component": "x"}) == "database"
    )
    assert component_of(**{"cnpg.io/cluster": "airflow-postgresql"}) == "database"
    assert component_of() == "p-1"


def test_a_replacement_has_the_reason_and_the_data_loss_of_its_step() -> None:
    step = Step(
        component="data",
        kind="PersistentVolumeClaim",
        name="c",
        action="replaced",
        seconds=1,
        message="replaced because of spec.accessModes; DATA LOSS",
        loses_data=True,
    )
    before = live_object("PersistentVolumeClaim", "c", uid="1")
    after = live_object("PersistentVolumeClaim", "c", uid="2")
    (change,) = upgrade_changes([before], [after], [step])
    assert (change.effect, change.loses_data) == (Effect.REPLACED, True)
    assert change.message == step.message


def test_a_refused_step_of_an_upgrade_is_a_change() -> None:
    def step(action: Any) -> Step:
        return Step(
            component="c", kind="Job", name=action, action=action, seconds=0, message=f"{action}!"
        )

    steps = [step("updated"), step("refused"), step("skipped")]
    assert upgrade_changes([], [], steps) == [
        Change(effect=Effect.REFUSED, kind="Job", name="refused", message="refused!")
    ]
