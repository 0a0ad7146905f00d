"""What somebody decided of an object, told from what is kept in it."""

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_k8s.commands.drift.normalize import (
    HIDDEN,
    count,
    decided,
    in_place_of,
    patched,
    shown,
    within,
)
from airflow_k8s.rendering.manifests import PROGRAM
from airflow_k8s.stack.settings.secret import Secret
from tests.commands.drift.samples import promised, scheduler

RENDERED = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "airflow-scheduler", "labels": {"release": "airflow"}},
    "spec": {"replicas": 2, "paused": None},
}


def test_the_marks_of_helm_and_of_controllers_are_kept_and_nothing_that_a_person_added() -> None:
    wanted = in_place_of(scheduler(), promised(RENDERED))
    assert wanted["metadata"]["annotations"] == {
        "deployment.kubernetes.io/revision": "1",
        "meta.helm.sh/release-name": "airflow",
    }
    assert wanted["metadata"]["labels"] == {
        "release": "airflow",
        "app.kubernetes.io/managed-by": "Helm",
    }


def test_helms_mark_on_an_object_of_the_program_is_not_kept_since_helm_did_not_make_it() -> None:
    wanted = in_place_of(scheduler(), promised(RENDERED, PROGRAM))
    assert wanted["metadata"]["labels"] == {"release": "airflow"}


def test_it_stands_for_the_very_object_that_was_looked_at() -> None:
    metadata = in_place_of(scheduler(), promised(RENDERED))["metadata"]
    assert (metadata["uid"], metadata["resourceVersion"]) == ("1f0c", "42")


def test_a_null_is_left_to_the_server() -> None:
    assert in_place_of(scheduler(), promised(RENDERED))["spec"] == {"replicas": 2}


def test_a_job_keeps_the_selector_and_the_labels_that_its_controller_gave_it() -> None:
    labels = {"batch.kubernetes.io/controller-uid": "9", "app": "migration"}
    live: dict[str, Any] = {
        **scheduler(),
        "kind": "Job",
        "spec": {
            "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "9"}},
            "template": {"metadata": {"labels": {**labels, "by": "hand"}}},
        },
    }
    rendered = {
        "kind": "Job",
        "metadata": {"generateName": "migration-job-"},
        "spec": {"template": {"metadata": {"labels": {"app": "migration"}}}},
    }
    wanted = in_place_of(live, promised(rendered, PROGRAM))
    assert wanted["metadata"]["name"] == "airflow-scheduler"
    assert wanted["spec"]["selector"] == live["spec"]["selector"]
    assert wanted["spec"]["template"]["metadata"]["labels"] == labels


def test_a_claim_keeps_its_volume_and_the_class_that_the_cluster_chose() -> None:
    live = {**scheduler(), "spec": {"volumeName": "pvc-1", "storageClassName": "standard"}}
    rendered = {**RENDERED, "kind": "PersistentVolumeClaim", "spec": {"accessModes": ["a"]}}
    wanted = in_place_of(live, promised(rendered, PROGRAM))
    assert wanted["spec"] == {
        "accessModes": ["a"],
        "volumeName": "pvc-1",
        "storageClassName": "standard",
    }


def test_a_class_that_is_promised_is_not_taken_from_the_live_claim() -> None:
    live = {**scheduler(), "spec": {"storageClassName": "slow"}}
    rendered = {**RENDERED, "kind": "PersistentVolumeClaim", "spec": {"storageClassName": "fast"}}
    assert in_place_of(live, promised(rendered))["spec"] == {"storageClassName": "fast"}


def test_status_and_what_the_server_counts_are_not_decided_by_anybody() -> None:
    assert decided(scheduler()) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "labels": scheduler()["metadata"]["labels"],
            "annotations": scheduler()["metadata"]["annotations"],
        },
        "spec": {"replicas": 2},
    }


def test_of_a_secret_the_keys_count_and_no_text_is_taken_along() -> None:
    rendered = {"kind": "Secret", "metadata": {}, "stringData": {"password": Secret("hush")}}
    live = {"kind": "Secret", "metadata": {}, "type": "Opaque", "data": {"password": "aHVzaA=="}}
    assert decided(rendered) == decided(live)
    assert decided(live)["data"] == {"password": HIDDEN}


def test_a_text_of_a_secret_that_is_empty_is_told_from_one_that_is_not() -> None:
    emptied = {"kind": "Secret", "metadata": {}, "data": {"password": ""}}
    assert decided(emptied)["data"] == {"password": ""}


def test_the_task_pod_in_a_config_map_is_left_to_the_task_pod() -> None:
    config = {"kind": "ConfigMap", "metadata": {}, "data": {"pod_template_file.yaml": "x"}}
    assert "data" not in decided(config)


def test_of_a_patched_node_just_what_is_promised_is_compared() -> None:
    ours = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    rendered = {
        "kind": "Node",
        "metadata": {"name": "gpu-1", "annotations": {"pulumi.com/patchForce": "true"}},
        "spec": {"taints": [ours]},
    }
    live = {
        "kind": "Node",
        "metadata": {"labels": {"zone": "a"}},
        "spec": {"podCIDR": "10.0.0.0/24", "taints": [{"key": "spot", "effect": "x"}, ours]},
    }
    wanted = patched(promised(rendered, PROGRAM, patch=True))
    assert within(wanted, decided(live)) == wanted


@pytest.mark.parametrize(
    "live",
    [
        pytest.param({"key": "nvidia.com/gpu", "value": "", "effect": "NoSchedule"}, id="value"),
        pytest.param({"key": "nvidia.com/gpu", "value": "present", "effect": "x"}, id="effect"),
    ],
)
def test_a_taint_that_was_changed_is_not_the_promised_one(live: Mapping[str, str]) -> None:
    wanted = [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    assert within({"taints": wanted}, {"taints": [live]}) != {"taints": wanted}


def test_an_amount_that_is_written_otherwise_is_the_same_amount() -> None:
    assert within({"cpu": "1000m"}, {"cpu": "1"}) == {"cpu": "1000m"}
    assert within({"cpu": "1000m"}, {"cpu": "2"}) == {"cpu": "2"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.containers[a].env[DB_PASSWORD]", {"name": "DB_PASSWORD", "value": "hunter2"}),
        ("spec.containers[a].env[DB_PASSWORD].value", "hunter2"),
        ("spec.containers[a].env[URL]", {"name": "URL", "value": "postgresql://u:hunter2@h/d"}),
        ("spec.containers[a].args", ["db", "--password", "hunter2"]),
        ("data[extra.txt]", "user = me\npassword = hunter2\n"),
        ("data", {"token": "hunter2"}),
    ],
)
def test_what_may_be_a_secret_is_not_shown(path: str, value: Any) -> None:
    assert "hunter2" not in str(shown(path, value))
    assert HIDDEN in str(shown(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.replicas", 5),
        ("spec.containers[a].image", "apache/airflow:3.2.2"),
        (
            "spec.containers[a].env[AIRFLOW__CORE__PARALLELISM]",
            {"name": "AIRFLOW__CORE__PARALLELISM", "value": "400"},
        ),
        ("spec.containers[a].args", ["bash", "-c", "exec airflow scheduler"]),
        ("spec.volumes[x].secret.secretName", "airflow-jwt-secret"),
    ],
)
def test_all_else_is_shown_as_it_is(path: str, value: Any) -> None:
    assert shown(path, value) == value


def test_each_field_that_holds_something_is_counted_and_an_empty_one_but_no_lack_of_labels() -> (
    None
):
    assert count({"a": 1, "b": [{"c": 2, "d": {}}, "e"], "metadata": {"labels": {}}}) == 4
