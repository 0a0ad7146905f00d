"""The metadata database: embedded, replicated or external."""

from typing import Any

from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.secret import Secret
from tests.conftest import evaluated


def pod(evaluation: Evaluation) -> dict[str, Any]:
    return evaluation["database-statefulset"].inputs["spec"]["template"]


def test_the_embedded_database_is_postgres_17_with_its_own_claim(dev: Evaluation) -> None:
    spec = pod(dev)["spec"]
    (container,) = spec["containers"]
    assert container["image"] == "postgres:17"
    assert spec["volumes"][0] == {
        "name": "data",
        "persistentVolumeClaim": {"claimName": "airflow-postgresql-data"},
    }
    assert [v["emptyDir"] for v in spec["volumes"][1:]] == [{}, {}], (
        "the root file system is read-only"
    )
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    assert container["readinessProbe"]["exec"]["command"][0] == "pg_isready"


def test_the_service_of_the_embedded_database_selects_its_pod(dev: Evaluation) -> None:
    service = dev["database-service"]
    assert service.inputs["metadata"]["name"] == "airflow-postgresql"
    labels = pod(dev)["metadata"]["labels"]
    assert service.inputs["spec"]["selector"].items() <= labels.items()


def test_the_embedded_database_sets_the_password_from_the_secret_before_every_start(
    dev: Evaluation,
) -> None:
    spec = pod(dev)["spec"]
    for container in (*spec["initContainers"], *spec["containers"]):
        env = {e["name"]: e for e in container["env"]}
        reference = env["POSTGRES_PASSWORD"]["valueFrom"]["secretKeyRef"]
        assert reference == {"name": "airflow-database", "key": "password"}
    assert "ALTER ROLE" in spec["initContainers"][0]["command"][-1]


def test_a_rotated_password_restarts_the_embedded_database(dev: Evaluation) -> None:
    rotated = evaluated("dev", secrets={"database": {"rotation": 2}})
    assert pod(rotated)["metadata"]["annotations"] != pod(dev)["metadata"]["annotations"]


def test_the_replicated_database_has_three_instances_and_the_update_waits_for_them(
    prod: Evaluation,
) -> None:
    cluster = prod["database-cluster"].inputs
    assert cluster["spec"]["instances"] == 3
    assert cluster["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Ready"
    assert cluster["spec"]["bootstrap"]["initdb"] == {
        "database": "airflow",
        "owner": "airflow",
        "secret": {"name": "airflow-database"},
    }


def test_a_stack_with_an_external_database_creates_no_database() -> None:
    url = Secret("postgresql://u:p@db/airflow")
    evaluation = evaluated("dev", database={"mode": "external"}, databaseUrl=url)
    assert not [r for r in evaluation.resources if r.name.startswith("database")]
    addresses = evaluation["secrets-metadata-secret"].inputs["stringData"]
    assert addresses["connection"].reveal() == "postgresql://u:p@db/airflow?sslmode=require"
