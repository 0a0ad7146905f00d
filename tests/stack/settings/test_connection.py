"""Addresses of the metadata database, for psycopg and for asyncpg."""

from airflow_k8s.stack.settings import connection
from tests.conftest import settings_of


def test_special_characters_in_a_login_are_percent_encoded() -> None:
    url = connection.address(
        user="air flow", password="p@ss/word", host="db", database="airflow", sslmode="disable"
    )
    assert url == "postgresql://air%20flow:p%40ss%2Fword@db:5432/airflow?sslmode=disable"


def test_sslmode_require_is_added_to_an_address_without_sslmode() -> None:
    assert connection.with_sslmode("postgresql://db/a") == "postgresql://db/a?sslmode=require"
    kept = "postgresql://db/a?sslmode=verify-full&connect_timeout=5"
    assert connection.with_sslmode(kept) == kept


def test_the_address_for_asyncpg_has_ssl_and_no_other_option_of_libpq() -> None:
    url = "postgresql+psycopg2://u:p@db:5432/a?sslmode=require&connect_timeout=5"
    assert connection.for_asyncpg(url) == "postgresql+asyncpg://u:p@db:5432/a?ssl=require"


def test_the_host_of_a_database_in_the_stack_is_its_service() -> None:
    dev, prod = (
        connection.own_database(settings_of("dev")),
        connection.own_database(settings_of("prod")),
    )
    assert dev == connection.OwnDatabase(host="airflow-postgresql.airflow.svc", sslmode="disable")
    assert prod == connection.OwnDatabase(
        host="airflow-postgresql-rw.airflow.svc", sslmode="require"
    )
