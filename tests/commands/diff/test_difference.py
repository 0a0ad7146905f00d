"""What a changed setting does to the real stacks."""

from typing import Any

import pytest

from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import Kind, Reason
from airflow_k8s.commands.diff.pairs import Action
from tests.commands.diff.stacks import with_changed

pytestmark = pytest.mark.chart


def messages(found: Difference, kind: Kind) -> dict[str, str]:
    return {consequence.subject: consequence.message for consequence in found.of(kind)}


def kinds(found: Difference) -> list[Kind]:
    return list(dict.fromkeys(consequence.kind for consequence in found.consequences))


def names(found: Difference) -> list[str]:
    return [change.object.qualified_name for change in found.changes]


def test_an_unchanged_stack_has_no_difference() -> None:
    found = with_changed("dev")
    assert (found.changes, found.consequences) == ([], [])


def test_another_image_restarts_every_part_runs_the_jobs_and_changes_the_task_pods() -> None:
    found = with_changed("prod", image={"tag": "3.2.3", "airflowVersion": "3.2.3"})
    assert {subject.partition(" ")[0] for subject in messages(found, Kind.RESTART)} == {
        "Deployment/airflow-api-server",
        "Deployment/airflow-dag-processor",
        "Deployment/airflow-scheduler",
        "Deployment/airflow-triggerer",
    }
    assert messages(found, Kind.JOB_RUN).keys() == {
        "Job/admin-job-*",
        "Job/migration-job-*",
        "CronJob/airflow-cleanup",
        "CronJob/airflow-database-cleanup",
    }
    assert messages(found, Kind.TASK_POD) == {"worker pod": "image of base: 3.2.2 → 3.2.3"}
    assert messages(found, Kind.IMAGE).keys() == {"apache/airflow:3.2.3"}
    assert kinds(found) == [Kind.RESTART, Kind.JOB_RUN, Kind.TASK_POD, Kind.IMAGE]


def test_more_memory_for_the_scheduler_changes_the_footprint_by_that_amount() -> None:
    requests, limits = {"cpu": "300m", "memory": "1792Mi"}, {"memory": "2Gi"}
    found = with_changed("dev", scheduler={"resources": {"requests": requests, "limits": limits}})
    assert set(messages(found, Kind.RESTART)) == {"Deployment/airflow-scheduler (1 pod)"}
    gib = (found.after.idle.memory - found.before.idle.memory) / 1024**3
    assert gib == 1, "768Mi became 1792Mi"
    assert found.after.idle.cpu == found.before.idle.cpu


def test_a_rotated_secret_changes_and_only_its_readers_restart() -> None:
    found = with_changed("dev", secrets={"jwtSecret": {"rotation": 2}})
    assert messages(found, Kind.SECRET).keys() == {"Secret/airflow-jwt-secret"}
    assert messages(found, Kind.RESTART).keys() == {
        "Deployment/airflow-api-server (1 pod)",
        "Deployment/airflow-scheduler (1 pod)",
    }
    assert kinds(found) == [Kind.SECRET, Kind.RESTART]


@pytest.mark.parametrize(
    ("stack", "kind"),
    [("dev", Kind.DATA_LOSS), ("prod", Kind.REFUSED)],
    ids=["dev", "prod, protected"],
)
def test_another_storage_class_for_the_data_comes_first(stack: str, kind: Kind) -> None:
    mode = "ReadWriteMany" if stack == "prod" else "ReadWriteOnce"
    found = with_changed(stack, data={"storageClass": "fast", "accessMode": mode, "size": "100Gi"})
    assert "PersistentVolumeClaim/airflow-data-pvc" in messages(found, kind)
    assert kinds(found)[0] == kind


def test_another_kind_of_database_loses_the_old_database() -> None:
    found = with_changed("dev", database={"mode": "cloudnative-pg", "image": "pg:17"})
    assert messages(found, Kind.DATA_LOSS).keys() == {
        "PersistentVolumeClaim/airflow-postgresql-data",
        "StatefulSet/airflow-postgresql",
    }
    assert "Secret/airflow-metadata" in messages(found, Kind.SECRET), (
        "the database has another address"
    )


def test_another_namespace_moves_every_object_and_protection_stops_the_update() -> None:
    found = with_changed("prod", namespace="other")
    assert found.count(Action.CHANGED) == len(found.changes), "no object counts as a new one"
    assert "Namespace/other" in messages(found, Kind.REFUSED)
    assert "PersistentVolumeClaim/airflow-data-pvc" in messages(found, Kind.REFUSED)
    assert "Secret/api-secrets" in messages(found, Kind.REPLACED)


def test_without_isolation_no_pods_are_isolated() -> None:
    found = with_changed("dev", network={"isolate": False}).of(Kind.NETWORK)
    assert len(found) > 10
    assert {consequence.reason for consequence in found} == {Reason.NOT_ISOLATED}


def test_several_changed_settings_are_all_reported() -> None:
    found = with_changed(
        "dev", retention={"databaseDays": 7}, values={"triggerer": {"replicas": None}}
    )
    assert any("7" in message for message in messages(found, Kind.JOB_RUN).values()), (
        "rows go at the next run"
    )


def test_gpu_nodes_that_the_stack_no_longer_uses_keep_their_taints() -> None:
    found = with_changed("prod", gpu={"mode": "none"})
    assert messages(found, Kind.LEFT_BEHIND).keys() == {"Node/gpu-1", "Node/gpu-2"}
    assert (found.before.max_gpus, found.after.max_gpus) == (2, 0)


def test_a_chart_value_without_a_setting_of_its_own_counts() -> None:
    values: dict[str, Any] = {"triggerer": {"terminationGracePeriodSeconds": 600}}
    found = with_changed("dev", values=values)
    assert names(found) == ["Deployment/airflow-triggerer"]
    assert messages(found, Kind.RESTART) == {
        "Deployment/airflow-triggerer (1 pod)": (
            "terminationGracePeriodSeconds; new pods are ready before old pods stop"
        )
    }
