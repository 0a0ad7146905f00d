"""The part of an object that people decide on, without what Kubernetes fills in."""

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_k8s.commands.drift.normalize import (
    comparable,
    count_fields,
    patched_part,
    redacted,
    replacement_for,
    restricted_to,
)
from airflow_k8s.rendering.files import REDACTED
from airflow_k8s.rendering.manifests import PROGRAM
from airflow_k8s.stack.settings.secret import Secret
from tests.commands.drift.samples import desired, scheduler

RENDERED = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "airflow-scheduler", "labels": {"release": "airflow"}},
    "spec": {"replicas": 2, "paused": None},
}


def test_a_replacement_keeps_annotations_of_helm_and_controllers_but_not_of_people() -> None:
    part = replacement_for(scheduler(), desired(RENDERED))
    assert part["metadata"]["annotations"] == {
        "deployment.kubernetes.io/revision": "1",
        "meta.helm.sh/release-name": "airflow",
    }
    assert part["metadata"]["labels"] == {
        "release": "airflow",
        "app.kubernetes.io/managed-by": "Helm",
    }


def test_an_object_of_the_program_does_not_keep_the_label_of_helm() -> None:
    part = replacement_for(scheduler(), desired(RENDERED, PROGRAM))
    assert part["metadata"]["labels"] == {"release": "airflow"}


def test_a_replacement_has_the_identity_of_the_live_object() -> None:
    metadata = replacement_for(scheduler(), desired(RENDERED))["metadata"]
    assert (metadata["uid"], metadata["resourceVersion"]) == ("1f0c", "42")


def test_a_replacement_has_no_null_fields() -> None:
    assert replacement_for(scheduler(), desired(RENDERED))["spec"] == {"replicas": 2}


def test_a_replaced_job_keeps_the_selector_and_the_labels_of_its_controller() -> None:
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
    part = replacement_for(live, desired(rendered, PROGRAM))
    assert part["metadata"]["name"] == "airflow-scheduler"
    assert part["spec"]["selector"] == live["spec"]["selector"]
    assert part["spec"]["template"]["metadata"]["labels"] == labels


def test_a_replaced_claim_keeps_its_volume_and_the_default_storage_class() -> None:
    live = {**scheduler(), "spec": {"volumeName": "pvc-1", "storageClassName": "standard"}}
    rendered = {**RENDERED, "kind": "PersistentVolumeClaim", "spec": {"accessModes": ["a"]}}
    part = replacement_for(live, desired(rendered, PROGRAM))
    assert part["spec"] == {
        "accessModes": ["a"],
        "volumeName": "pvc-1",
        "storageClassName": "standard",
    }


def test_a_declared_storage_class_replaces_the_live_one() -> None:
    live = {**scheduler(), "spec": {"storageClassName": "slow"}}
    rendered = {**RENDERED, "kind": "PersistentVolumeClaim", "spec": {"storageClassName": "fast"}}
    assert replacement_for(live, desired(rendered))["spec"] == {"storageClassName": "fast"}


def test_the_status_and_the_metadata_of_the_server_are_not_comparable() -> None:
    assert comparable(scheduler()) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "labels": scheduler()["metadata"]["labels"],
            "annotations": scheduler()["metadata"]["annotations"],
        },
        "spec": {"replicas": 2},
    }


def test_only_the_keys_of_a_secret_are_comparable() -> None:
    rendered = {"kind": "Secret", "metadata": {}, "stringData": {"password": Secret("hush")}}
    live = {"kind": "Secret", "metadata": {}, "type": "Opaque", "data": {"password": "aHVzaA=="}}
    assert comparable(rendered) == comparable(live)
    assert comparable(live)["data"] == {"password": REDACTED}


def test_an_empty_text_of_a_secret_differs_from_other_texts() -> None:
    emptied = {"kind": "Secret", "metadata": {}, "data": {"password": ""}}
    assert comparable(emptied)["data"] == {"password": ""}


def test_a_config_map_is_compared_without_the_task_pod_in_it() -> None:
    config = {"kind": "ConfigMap", "metadata": {}, "data": {"pod_template_file.yaml": "x"}}
    assert "data" not in comparable(config)


def test_only_the_patched_fields_of_a_node_are_compared() -> None:
    taint = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    rendered = {
        "kind": "Node",
        "metadata": {"name": "gpu-1", "annotations": {"pulumi.com/patchForce": "true"}},
        "spec": {"taints": [taint]},
    }
    live = {
        "kind": "Node",
        "metadata": {"labels": {"zone": "a"}},
        "spec": {"podCIDR": "10.0.0.0/24", "taints": [{"key": "spot", "effect": "x"}, taint]},
    }
    part = patched_part(desired(rendered, PROGRAM, patch=True))
    assert restricted_to(part, comparable(live)) == part


@pytest.mark.parametrize(
    "live",
    [
        pytest.param({"key": "nvidia.com/gpu", "value": "", "effect": "NoSchedule"}, id="value"),
        pytest.param({"key": "nvidia.com/gpu", "value": "present", "effect": "x"}, id="effect"),
    ],
)
def test_a_changed_taint_differs_from_the_desired_one(live: Mapping[str, str]) -> None:
    part = [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    assert restricted_to({"taints": part}, {"taints": [live]}) != {"taints": part}


def test_the_same_amount_in_another_unit_is_the_desired_amount() -> None:
    assert restricted_to({"cpu": "1000m"}, {"cpu": "1"}) == {"cpu": "1000m"}
    assert restricted_to({"cpu": "1000m"}, {"cpu": "2"}) == {"cpu": "2"}


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
def test_a_text_that_may_be_a_secret_is_not_shown(path: str, value: Any) -> None:
    assert "hunter2" not in str(redacted(path, value))
    assert REDACTED in str(redacted(path, value))


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
def test_other_values_are_shown_unchanged(path: str, value: Any) -> None:
    assert redacted(path, value) == value


def test_every_field_counts_except_empty_labels() -> None:
    assert count_fields({"a": 1, "b": [{"c": 2, "d": {}}, "e"], "metadata": {"labels": {}}}) == 4
