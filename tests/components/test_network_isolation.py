"""The namespace's pods are isolated before the first of them starts."""

import pytest

from airflow_k8s.rendering.resources import Evaluation
from tests.conftest import evaluated


def policies(evaluation: Evaluation) -> set[str]:
    found = (r for r in evaluation.resources if r.type.endswith(":NetworkPolicy"))
    return {r.inputs["metadata"]["name"] for r in found}


def test_there_is_one_for_all_pods_and_one_for_each_part(dev: Evaluation) -> None:
    assert policies(dev) == {
        "airflow-default-deny",
        "airflow-admin-user",
        "airflow-api-server",
        "airflow-cleanup",
        "airflow-dag-processor",
        "airflow-database",
        "airflow-database-cleanup",
        "airflow-migration",
        "airflow-scheduler",
        "airflow-statsd",
        "airflow-task",
        "airflow-triggerer",
        "airflow-worker",
    }


def test_a_database_elsewhere_has_none() -> None:
    secrets = {"metadata": {"existing": "mine"}, "database": {"existing": "mine"}}
    external = evaluated("dev", database={"mode": "external"}, secrets=secrets)
    assert "airflow-database" not in policies(external)


@pytest.mark.parametrize("child", ["database", "migration", "admin", "airflow"])
def test_no_pod_starts_before_them(dev: Evaluation, child: str) -> None:
    by_urn = {r.urn: r for r in dev.resources}

    def before(name: str) -> set[str]:
        own = dev[name]
        direct = {by_urn[urn].name for urn in own.dependencies}
        direct |= {by_urn[own.parent].name} if own.parent in by_urn else set()
        return direct.union(*(before(each) for each in direct))

    assert "network-default-deny" in before(child), (
        "a connection that was there before the policy can outlive it"
    )


def test_they_can_be_left_out() -> None:
    assert policies(evaluated("dev", network={"isolate": False})) == set()
