"""Each part of Airflow reads what it needs and nothing else."""

import pytest

from airflow_k8s.stack.settings.secret_env import given, metadata, reads
from tests.conftest import settings_of

DATABASE = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"}
FERNET = {"AIRFLOW__CORE__FERNET_KEY"}
SESSIONS = {"AIRFLOW__API__SECRET_KEY"}
TOKENS = {"AIRFLOW__API_AUTH__JWT_SECRET"}


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ("api-server", DATABASE | FERNET | SESSIONS | TOKENS),
        ("scheduler", DATABASE | FERNET | TOKENS),
        ("dag-processor", DATABASE | FERNET),
        ("triggerer", DATABASE | FERNET | SESSIONS),
        ("database-cleanup", DATABASE),
        ("migration", DATABASE | FERNET),
        ("admin-user", DATABASE | FERNET),
    ],
)
def test_a_part_reads(part: str, wanted: set[str]) -> None:
    found = reads(part, settings_of("dev").secrets).env
    assert {variable["name"] for variable in found} == wanted
    assert all("secretKeyRef" in variable["valueFrom"] for variable in found)


@pytest.mark.parametrize("part", ["worker", "airflow-cleanup-pods", "statsd"])
def test_the_others_read_nothing(part: str) -> None:
    with pytest.raises(KeyError):
        reads(part, settings_of("dev").secrets)


def test_what_it_reads_is_what_rolls_it() -> None:
    entries = reads("scheduler", settings_of("dev").secrets).entries
    assert set(entries) == {"database", "metadata", "fernet-key", "jwt-secret"}


def test_the_database_is_told_to_both_drivers() -> None:
    named = settings_of(
        "dev", secrets={"metadata": {"existing": "m"}, "database": {"existing": "d"}}
    )
    sync, for_async = metadata(named.secrets).env
    assert sync["valueFrom"]["secretKeyRef"] == {"name": "m", "key": "connection"}
    assert for_async["valueFrom"]["secretKeyRef"] == {"name": "m", "key": "connection-async"}


SIGN_IN = {
    "mode": "oauth",
    "metadataUrl": "https://id.example.com/.well-known/openid-configuration",
    "clientId": "airflow",
    "clientSecret": {"secret": "identity-provider", "key": "id"},
    "defaultRole": "Viewer",
}
GIVEN = {
    "signIn": SIGN_IN,
    "connections": {"orders_db": {"secret": "orders", "key": "connection", "rotation": 3}},
    "variables": {"region": {"secret": "places", "key": "region"}},
}
BY_NAME = {
    "AIRFLOW_CONN_ORDERS_DB": {"name": "orders", "key": "connection"},
    "AIRFLOW_VAR_REGION": {"name": "places", "key": "region"},
}


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (
            "api-server",
            BY_NAME
            | {"AIRFLOW_PLATFORM_CLIENT_SECRET": {"name": "identity-provider", "key": "id"}},
        ),
        ("triggerer", BY_NAME),
        ("dag-processor", BY_NAME),
        ("scheduler", {}),
        ("database-cleanup", {}),
        ("migration", {}),
        ("worker", {}),
    ],
)
def test_what_a_stack_takes_from_secrets_goes_to_who_uses_it(
    part: str, wanted: dict[str, dict[str, str]]
) -> None:
    found = given(part, settings_of("dev", **GIVEN)).env
    assert {each["name"]: each["valueFrom"]["secretKeyRef"] for each in found} == wanted


def test_by_default_nothing_is_taken() -> None:
    assert given("api-server", settings_of("dev")).env == ()


def test_a_connection_that_was_changed_rolls_its_readers() -> None:
    entry = given("triggerer", settings_of("dev", **GIVEN)).entries["connection-orders_db"]
    assert entry.state == "orders/connection:3"
