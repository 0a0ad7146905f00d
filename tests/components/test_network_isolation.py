"""The pods of the namespace are isolated before the first pod starts."""

import pytest

from airflow_k8s.rendering.resources import Evaluation
from tests.conftest import evaluated


def policies(evaluation: Evaluation) -> set[str]:
    found = (r for r in evaluation.resources if r.type.endswith(":NetworkPolicy"))
    return {r.inputs["metadata"]["name"] for r in found}


def test_there_is_one_policy_for_all_pods_and_one_for_every_workload(dev: Evaluation) -> None:
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


def test_an_external_database_has_no_policy() -> None:
    secrets = {"metadata": {"existing": "mine"}, "database": {"existing": "mine"}}
    external = evaluated("dev", database={"mode": "external"}, secrets=secrets)
    assert "airflow-database" not in policies(external)


@pytest.mark.parametrize("child", ["database", "migration", "admin", "airflow"])
def test_a_component_with_pods_depends_on_the_policies(dev: Evaluation, child: str) -> None:
    by_urn = {r.urn: r for r in dev.resources}

    def before(name: str) -> set[str]:
        own = dev[name]
        direct = {by_urn[urn].name for urn in own.dependencies}
        direct |= {by_urn[own.parent].name} if own.parent in by_urn else set()
        return direct.union(*(before(other) for other in direct))

    assert "network-default-deny" in before(child), (
        "a connection from before the policy can stay open"
    )


def test_a_stack_without_isolation_has_no_policies() -> None:
    assert policies(evaluated("dev", network={"isolate": False})) == set()
