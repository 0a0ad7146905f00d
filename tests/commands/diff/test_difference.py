"""What a changed setting does to the real stacks."""

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import Kind
from tests.commands.diff.stacks import with_changed

pytestmark = pytest.mark.chart


def told(found: Difference, kind: Kind) -> dict[str, str]:
    return {each.subject: each.words for each in found.of(kind)}


def kinds(found: Difference) -> list[Kind]:
    return list(dict.fromkeys(each.kind for each in found.consequences))


def roots(found: Difference) -> Iterator[str]:
    return (each.object.qualified_name for each in found.changes)


def test_nothing_changed_is_no_difference() -> None:
    found = with_changed("dev")
    assert (found.changes, found.consequences) == ([], [])


def test_a_new_image_restarts_each_part_runs_the_jobs_and_reaches_the_tasks() -> None:
    found = with_changed("prod", image={"tag": "3.2.3", "airflowVersion": "3.2.3"})
    assert {subject.partition(" ")[0] for subject in told(found, "restarts")} == {
        "Deployment/airflow-api-server",
        "Deployment/airflow-dag-processor",
        "Deployment/airflow-scheduler",
        "Deployment/airflow-triggerer",
    }
    assert told(found, "reruns").keys() == {
        "Job/admin-job-*",
        "Job/migration-job-*",
        "CronJob/airflow-cleanup",
        "CronJob/airflow-database-cleanup",
    }
    assert told(found, "task pod") == {"worker pod": "image of base: 3.2.2 → 3.2.3"}
    assert told(found, "image").keys() == {"apache/airflow:3.2.3"}
    assert kinds(found) == ["restarts", "reruns", "task pod", "image"]


def test_more_memory_for_the_scheduler_costs_what_it_says() -> None:
    requests, limits = {"cpu": "300m", "memory": "1792Mi"}, {"memory": "2Gi"}
    found = with_changed("dev", scheduler={"resources": {"requests": requests, "limits": limits}})
    assert set(told(found, "restarts")) == {"Deployment/airflow-scheduler (1 pod)"}
    gib = (found.after.idle.memory - found.before.idle.memory) / 1024**3
    assert gib == 1, "768Mi became 1792Mi"
    assert found.after.idle.cpu == found.before.idle.cpu


def test_a_rotated_secret_is_made_anew_and_only_its_readers_restart() -> None:
    found = with_changed("dev", secrets={"jwtSecret": {"rotation": 2}})
    assert told(found, "secret").keys() == {"Secret/airflow-jwt-secret"}
    assert told(found, "restarts").keys() == {
        "Deployment/airflow-api-server (1 pod)",
        "Deployment/airflow-scheduler (1 pod)",
    }
    assert kinds(found) == ["secret", "restarts"]


@pytest.mark.parametrize(
    ("stack", "kind"), [("dev", "lost"), ("prod", "refused")], ids=["dev", "prod, protected"]
)
def test_another_class_for_the_data_is_told_loudly(stack: str, kind: Kind) -> None:
    mode = "ReadWriteMany" if stack == "prod" else "ReadWriteOnce"
    found = with_changed(stack, data={"storageClass": "fast", "accessMode": mode, "size": "100Gi"})
    assert "PersistentVolumeClaim/airflow-data-pvc" in told(found, kind)
    assert kinds(found)[0] == kind


def test_another_database_loses_the_one_that_was_there() -> None:
    found = with_changed("dev", database={"mode": "cloudnative-pg", "image": "pg:17"})
    assert told(found, "lost").keys() == {
        "PersistentVolumeClaim/airflow-postgresql-data",
        "StatefulSet/airflow-postgresql",
    }
    assert "Secret/airflow-metadata" in told(found, "secret"), "its address is another"


def test_another_namespace_moves_everything_and_protection_stops_it() -> None:
    found = with_changed("prod", namespace="other")
    assert found.count("changed") == len(found.changes), "nothing is taken for a new object"
    assert "Namespace/other" in told(found, "refused")
    assert "PersistentVolumeClaim/airflow-data-pvc" in told(found, "refused")
    assert "Secret/api-secrets" in told(found, "replaced")


def test_without_isolation_everybody_is_told_to_be_open() -> None:
    words = [each.words for each in with_changed("dev", network={"isolate": False}).of("network")]
    assert len(words) > 10
    assert all(each.startswith("NO LONGER GUARDED") for each in words)


def test_more_than_one_thing_at_once_is_told_of_each() -> None:
    found = with_changed(
        "dev", retention={"databaseDays": 7}, values={"triggerer": {"replicas": None}}
    )
    assert any("7" in words for words in told(found, "reruns").values()), "rows go at the next run"


def test_gpu_nodes_that_are_given_up_keep_their_taints() -> None:
    found = with_changed("prod", gpu={"mode": "none"})
    assert told(found, "left").keys() == {"Node/gpu-1", "Node/gpu-2"}
    assert (found.before.gpus, found.after.gpus) == (2, 0)


def test_a_value_of_the_chart_that_no_setting_has_is_seen_too() -> None:
    values: dict[str, Any] = {"triggerer": {"terminationGracePeriodSeconds": 600}}
    found = with_changed("dev", values=values)
    assert list(roots(found)) == ["Deployment/airflow-triggerer"]
    assert told(found, "restarts") == {
        "Deployment/airflow-triggerer (1 pod)": (
            "terminationGracePeriodSeconds; new ones are ready before old ones end"
        )
    }
