"""The settings that are named for a trouble."""

from dataclasses import replace
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.hints import with_setting
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason, reason_of
from airflow_k8s.stack.settings.model import Settings
from tests.conftest import settings_of


@pytest.fixture(scope="module")
def settings() -> Settings:
    return settings_of("dev")


def setting(settings: Settings, kind: str, name: str, message: str = "") -> str:
    reason = reason_of(message, Reason.OTHER)
    trouble = Trouble(kind=kind, name=name, reason=reason, message=message)
    return with_setting(trouble, settings).setting


def test_the_other_fields_of_a_trouble_stay_unchanged(settings: Settings) -> None:
    trouble = Trouble(
        kind="Node", name="gpu-3", reason=Reason.OTHER, message="does not exist", fatal=True
    )
    assert replace(with_setting(trouble, settings), setting="") == trouble


def test_a_missing_storage_class_leads_to_the_settings_that_name_it() -> None:
    fast = {"storageClass": "fast"}
    settings = settings_of(
        "dev", data=fast, database=fast, logs={"volume": {"storageClass": "slow"}}
    )
    assert setting(settings, "StorageClass", "fast") == "data.storageClass, database.storageClass"
    assert setting(settings, "StorageClass", "slow") == "logs.volume.storageClass"


@pytest.mark.parametrize(
    ("kind", "name", "message", "expected"),
    [
        ("Node", "gpu-3", "resource 'gpu-3' does not exist", "gpu.nodes"),
        ("APIService", "v1.karpenter.sh", "does not exist", "gpu.mode"),
        ("APIService", "v1.postgresql.cnpg.io", "does not exist", "database.mode"),
        (
            "PersistentVolumeClaim",
            "airflow-data-pvc",
            "offers ReadWriteOnce",
            "data.storageClass, data.accessMode",
        ),
        (
            "PersistentVolumeClaim",
            "airflow-logs",
            "offers ReadWriteOnce",
            "logs.volume.storageClass, logs.volume.accessMode",
        ),
        ("PersistentVolumeClaim", "airflow-postgresql-data", "no", "database.storageClass"),
        ("PersistentVolumeClaim", "airflow-postgresql-1", "no", "database.storageClass"),
        ("PersistentVolumeClaim", "unknown", "no", ""),
        (
            "Pod",
            "rehearsal-worker",
            "exceeded quota: q",
            "tasks.parallelism, tasks.heavy (the quota is derived from them)",
        ),
        (
            "Pod",
            "airflow-scheduler-1",
            "Multi-Attach error for claim airflow-logs",
            "data.accessMode, logs.volume.accessMode, cluster.severalNodes",
        ),
        (
            "Pod",
            "airflow-scheduler-1",
            "0/1 nodes are available: 1 Insufficient cpu",
            "scheduler.replicas, scheduler.resources",
        ),
        (
            "Pod",
            "airflow-api-server-1",
            "0/1 nodes are available: 1 Insufficient memory",
            "apiServer.replicas, apiServer.resources",
        ),
        ("Pod", "airflow-statsd-1", "1 Insufficient cpu", "statsd"),
        ("Pod", "airflow-postgresql-0", "1 Insufficient cpu", "database"),
        ("Pod", "migration-job-1", "1 Insufficient cpu", "sidecars.job, image"),
        (
            "Pod",
            "migration-job-1",
            'could not translate host name "db"',
            "database.mode, databaseUrl",
        ),
        ("Pod", "airflow-scheduler-1", 'connection to "db" refused', "database.mode, databaseUrl"),
        ("Job", "admin-job-1", "backoff limit", "sidecars.job, image"),
        ("Pod", "airflow-dag-processor-1", "CrashLoopBackOff", "dagProcessor"),
        ("Secret", "unknown", "no", ""),
    ],
)
def test_a_trouble_leads_to_its_settings(
    settings: Settings, kind: str, name: str, message: str, expected: str
) -> None:
    assert setting(settings, kind, name, message) == expected


@pytest.mark.parametrize(
    "message",
    [
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        '0/1 nodes are available: persistentvolumeclaim "airflow-logs" not found.',
        "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind.",
    ],
)
def test_a_pod_without_its_volume_leads_to_the_volumes(settings: Settings, message: str) -> None:
    expected = "storageClass and accessMode of data and logs.volume, database.storageClass"
    assert setting(settings, "Pod", "airflow-scheduler-1", message) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, ""), ({"values": {"a": 1}}, "values (their security contexts)")],
)
def test_a_pod_security_violation_leads_to_the_values_if_there_are_any(
    changes: dict[str, Any], expected: str
) -> None:
    settings = settings_of("dev", **changes)
    assert (
        setting(settings, "Deployment", "airflow-scheduler", 'violates PodSecurity "r"') == expected
    )
