"""The trial of all DAGs: failures to load, notes and quotas."""

from typing import Any, cast

from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.commands.rehearse.dag_trial import DagResults, try_dags
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.poller import Poller


class FakeCluster:
    """A cluster with one quota and no pods."""

    def list(self, _version: str, kind: str, _namespace: str) -> list[dict[str, Any]]:
        assert kind == "ResourceQuota"
        return [{"status": {"used": {"requests.cpu": "1"}, "hard": {"requests.cpu": "3"}}}]


def tried(reading: Reading, warnings: list[tuple[str, str]]) -> DagResults:
    return try_dags(
        cast(Cluster, FakeCluster()),
        cast(Poller, None),  # no pod is tried
        reading,
        simulated=True,
        concurrency=2,
        idle_timeout=1,
        namespace="airflow",
        warn=lambda subject, message: warnings.append((subject, message)),
    )


def test_a_dag_file_that_fails_to_load_is_a_trouble() -> None:
    reading = Reading(dags=[], errors={"broken.py": "NameError: x\n"}, warnings={})
    found = tried(reading, []).troubles
    assert [(t.kind, t.name, t.message) for t in found] == [
        ("DAG file", "broken.py", "NameError: x")
    ]


def test_a_folder_without_dags_is_a_trouble() -> None:
    (trouble,) = tried(Reading(dags=[], errors={}, warnings={}), []).troubles
    assert trouble.kind == "DAG files"


def test_warnings_of_dag_files_are_passed_on() -> None:
    warnings: list[tuple[str, str]] = []
    tried(Reading(dags=[], errors={}, warnings={"f.py": ["deprecated"]}), warnings)
    assert warnings == [("f.py", "deprecated")]


def test_the_quota_without_task_pods_is_the_peak() -> None:
    (quota,) = tried(Reading(dags=[], errors={}, warnings={}), []).quotas
    assert (quota.used, quota.with_tasks, quota.hard) == ("1", "1", "3")
