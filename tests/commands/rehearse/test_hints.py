"""Which settings are named for a trouble."""

from typing import Any

import pytest

from airflow_k8s.commands.rehearse.hints import with_setting
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason, reason_of
from airflow_k8s.stack.settings.model import Settings
from tests.conftest import settings_of


@pytest.fixture(scope="module")
def s() -> Settings:
    return settings_of("dev")


def setting(s: Settings, kind: str, name: str, words: str = "") -> str:
    return with_setting(
        Trouble(kind=kind, name=name, reason=reason_of(words, Reason.OTHER), message=words), s
    ).setting


def test_all_else_stays_as_it_was(s: Settings) -> None:
    trouble = Trouble(
        kind="Node", name="gpu-3", reason=Reason.OTHER, message="not there", fatal=True
    )
    told = with_setting(trouble, s)
    assert (told.kind, told.name, told.message, told.fatal) == ("Node", "gpu-3", "not there", True)


def test_a_storage_class_that_is_missing_is_named_where_it_was_asked_for() -> None:
    fast = {"storageClass": "fast"}
    s = settings_of("dev", data=fast, database=fast, logs={"volume": {"storageClass": "slow"}})
    assert setting(s, "StorageClass", "fast") == "data.storageClass, database.storageClass"
    assert setting(s, "StorageClass", "slow") == "logs.volume.storageClass"


@pytest.mark.parametrize(
    ("kind", "name", "words", "expected"),
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
        ("PersistentVolumeClaim", "somebody's", "no", ""),
        (
            "Pod",
            "rehearsal-worker",
            "exceeded quota: q",
            "tasks.parallelism and tasks.heavy, from which the quota follows",
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
        ("Secret", "somebody's", "no", ""),
    ],
)
def test_a_trouble_leads_to_its_settings(
    s: Settings, kind: str, name: str, words: str, expected: str
) -> None:
    assert setting(s, kind, name, words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        '0/1 nodes are available: persistentvolumeclaim "airflow-logs" not found.',
        "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind.",
    ],
)
def test_a_pod_without_its_volume_leads_to_the_volumes(s: Settings, words: str) -> None:
    expected = "storageClass and accessMode of data and logs.volume, database.storageClass"
    assert setting(s, "Pod", "airflow-scheduler-1", words) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, ""), ({"values": {"a": 1}}, "values (a security context in them)")],
)
def test_what_the_admission_refuses_is_behind_the_values_if_there_are_any(
    changes: dict[str, Any], expected: str
) -> None:
    s = settings_of("dev", **changes)
    assert setting(s, "Deployment", "airflow-scheduler", 'violates PodSecurity "r"') == expected
