"""Secrets are generated or come from the stack, and a rotation loses no data."""

import base64
from typing import Any

import pytest

from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.stack_file import PLACEHOLDER_SECRET
from tests.conftest import evaluated


def data(evaluation: Evaluation, name: str) -> dict[str, str]:
    texts = evaluation[f"secrets-{name}-secret"].inputs["stringData"]
    return {key: text.reveal() for key, text in texts.items()}


def resource_names(evaluation: Evaluation) -> set[str]:
    return {r.name for r in evaluation.resources if r.name.startswith("secrets-")}


def test_a_fernet_key_is_32_bytes_of_url_safe_base64(dev: Evaluation) -> None:
    key = data(dev, "fernet-key")["fernet-key"]
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert not {"+", "/"} & set(key)


def test_the_id_of_a_random_resource_is_not_its_secret(stack: Evaluation) -> None:
    kinds = {r.type for r in stack.resources if r.type.startswith("random:")}
    assert kinds == {"random:index/randomPassword:RandomPassword"}, (
        "Pulumi stores ids in clear text, and the id of RandomBytes or RandomString is its value"
    )


def test_a_rotated_fernet_key_comes_first_and_the_old_key_is_kept(dev: Evaluation) -> None:
    old = data(dev, "fernet-key")["fernet-key"]
    rotated = evaluated("dev", secrets={"fernetKey": {"rotation": 2}})
    new, kept = data(rotated, "fernet-key")["fernet-key"].split(",")
    assert kept == old
    assert new != old


def test_a_retired_fernet_key_is_not_in_the_secret_but_in_the_state() -> None:
    rotated = evaluated("dev", secrets={"fernetKey": {"rotation": 2}})
    new, _ = data(rotated, "fernet-key")["fernet-key"].split(",")
    retired = evaluated("dev", secrets={"fernetKey": {"rotation": 2, "retired": 1}})
    assert data(retired, "fernet-key")["fernet-key"] == new
    assert resource_names(retired) == resource_names(rotated), (
        "a protected key can't be deleted, and can be needed again"
    )


def test_the_pods_that_read_a_retired_key_are_restarted() -> None:
    def annotation(**entry: int) -> str:
        evaluation = evaluated("dev", secrets={"fernetKey": entry})
        values = evaluation["airflow-release"].inputs["values"]
        return values["scheduler"]["podAnnotations"]["airflow-platform/secret-rotations"]

    assert annotation(rotation=2, retired=1) != annotation(rotation=2)


@pytest.mark.parametrize("entry", ["apiKey", "apiSecretKey", "jwtSecret", "admin"])
def test_a_rotation_changes_only_its_own_secret(dev: Evaluation, entry: str) -> None:
    rotated = evaluated("dev", secrets={entry: {"rotation": 2}})
    names = [n for n in resource_names(dev) if n.endswith("-secret")]
    changed = {n for n in names if rotated[n].inputs != dev[n].inputs}
    expected = {
        "apiKey": "api-key",
        "apiSecretKey": "api-secret-key",
        "jwtSecret": "jwt",
        "admin": "admin",
    }
    assert changed == {f"secrets-{expected[entry]}-secret"}


def test_a_rotated_database_password_is_in_both_addresses(dev: Evaluation) -> None:
    rotated = evaluated("dev", secrets={"database": {"rotation": 2}})
    password = data(rotated, "database")["password"]
    assert password != data(dev, "database")["password"]
    address = f"airflow:{password}@airflow-postgresql.airflow.svc:5432/airflow"
    assert data(rotated, "metadata") == {
        "connection": f"postgresql://{address}?sslmode=disable",
        "connection-async": f"postgresql+asyncpg://{address}?ssl=disable",
    }


def test_connections_to_the_replicated_database_are_encrypted(prod: Evaluation) -> None:
    addresses = data(prod, "metadata")
    assert "@airflow-postgresql-rw.airflow.svc:5432/" in addresses["connection"]
    assert addresses["connection"].endswith("?sslmode=require")
    assert addresses["connection-async"].endswith("?ssl=require")


def test_the_database_of_the_tasks_is_not_the_metadata_database(stack: Evaluation) -> None:
    assert data(stack, "pipeline-database") == {"url": PLACEHOLDER_SECRET}
    assert data(stack, "metadata")["connection"] != PLACEHOLDER_SECRET


def test_the_login_of_the_replicated_database_has_the_label_for_reloads(prod: Evaluation) -> None:
    secret = prod["secrets-database-secret"].inputs
    assert secret["type"] == "kubernetes.io/basic-auth"
    assert secret["metadata"]["labels"]["cnpg.io/reload"] == "true"


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        ({"apiKey": {"existing": "mine"}}, {"secrets-api-key", "secrets-api-key-secret"}),
        ({"jwtSecret": {"existing": "mine"}}, {"secrets-jwt", "secrets-jwt-secret"}),
        ({"admin": {"existing": "mine"}}, {"secrets-admin", "secrets-admin-secret"}),
        (
            {"fernetKey": {"existing": "mine"}},
            {"secrets-fernet-key-1", "secrets-fernet-key-secret"},
        ),
        (
            {"database": {"existing": "mine"}, "metadata": {"existing": "mine"}},
            {"secrets-database", "secrets-database-secret", "secrets-metadata-secret"},
        ),
    ],
)
def test_an_existing_secret_is_used_instead_of_a_generated_one(
    dev: Evaluation, entry: dict[str, Any], missing: set[str]
) -> None:
    named = evaluated("dev", secrets=entry)
    assert resource_names(dev) - resource_names(named) == missing
    pods = repr([named["migration-job"].inputs, named["admin-job"].inputs, *_values(named)])
    assert "'mine'" in pods, "pods read the existing Secret"


def _values(evaluation: Evaluation) -> list[Any]:
    return [evaluation["airflow-release"].inputs["values"]]
