"""Every component of Airflow reads the secrets that it needs, and no others."""

import pytest

from airflow_k8s.stack.settings.secret_env import built_in, from_user, metadata_database
from tests.conftest import settings_of

DATABASE = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"}
FERNET = {"AIRFLOW__CORE__FERNET_KEY"}
SESSIONS = {"AIRFLOW__API__SECRET_KEY"}
TOKENS = {"AIRFLOW__API_AUTH__JWT_SECRET"}


@pytest.mark.parametrize(
    ("component", "expected"),
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
def test_a_component_reads_exactly_the_secrets_that_it_needs(
    component: str, expected: set[str]
) -> None:
    found = built_in(component, settings_of("dev").secrets).variables
    assert {variable["name"] for variable in found} == expected
    assert all("secretKeyRef" in variable["valueFrom"] for variable in found)


@pytest.mark.parametrize("component", ["worker", "airflow-cleanup-pods", "statsd"])
def test_a_pod_without_an_entry_in_the_table_reads_nothing(component: str) -> None:
    with pytest.raises(KeyError):
        built_in(component, settings_of("dev").secrets)


def test_the_rotations_of_a_component_are_those_of_the_secrets_that_it_reads() -> None:
    entries = built_in("scheduler", settings_of("dev").secrets).entries
    assert set(entries) == {"database", "metadata", "fernet-key", "jwt-secret"}


def test_both_database_drivers_get_an_address() -> None:
    named = settings_of(
        "dev", secrets={"metadata": {"existing": "m"}, "database": {"existing": "d"}}
    )
    sync, for_async = metadata_database(named.secrets).variables
    assert sync["valueFrom"]["secretKeyRef"] == {"name": "m", "key": "connection"}
    assert for_async["valueFrom"]["secretKeyRef"] == {"name": "m", "key": "connection-async"}


SIGN_IN = {
    "mode": "oauth",
    "metadataUrl": "https://id.example.com/.well-known/openid-configuration",
    "clientId": "airflow",
    "clientSecret": {"secret": "identity-provider", "key": "id"},
    "defaultRole": "Viewer",
}
FROM_USER = {
    "signIn": SIGN_IN,
    "connections": {"orders_db": {"secret": "orders", "key": "connection", "rotation": 3}},
    "variables": {"region": {"secret": "places", "key": "region"}},
}
BY_NAME = {
    "AIRFLOW_CONN_ORDERS_DB": {"name": "orders", "key": "connection"},
    "AIRFLOW_VAR_REGION": {"name": "places", "key": "region"},
}


@pytest.mark.parametrize(
    ("component", "expected"),
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
def test_connections_variables_and_client_secret_go_to_the_components_that_use_them(
    component: str, expected: dict[str, dict[str, str]]
) -> None:
    found = from_user(component, settings_of("dev", **FROM_USER)).variables
    assert {
        variable["name"]: variable["valueFrom"]["secretKeyRef"] for variable in found
    } == expected


def test_a_stack_reads_no_existing_secret_by_default() -> None:
    assert from_user("api-server", settings_of("dev")).variables == ()


def test_the_rotation_of_a_connection_restarts_the_components_that_read_it() -> None:
    entry = from_user("triggerer", settings_of("dev", **FROM_USER)).entries["connection-orders_db"]
    assert entry.state == "orders/connection:3"
