"""Addresses of the metadata database, for psycopg2 and for asyncpg."""

from airflow_k8s.stack.settings import connection
from tests.conftest import settings_of


def test_what_is_special_in_a_login_is_quoted() -> None:
    url = connection.address(
        user="air flow", password="p@ss/word", host="db", database="airflow", sslmode="disable"
    )
    assert url == "postgresql://air%20flow:p%40ss%2Fword@db:5432/airflow?sslmode=disable"


def test_an_external_database_is_reached_encrypted_unless_it_says_otherwise() -> None:
    assert connection.with_sslmode("postgresql://db/a") == "postgresql://db/a?sslmode=require"
    kept = "postgresql://db/a?sslmode=verify-full&connect_timeout=5"
    assert connection.with_sslmode(kept) == kept


def test_asyncpg_gets_the_mode_in_its_own_word_and_no_option_that_it_refuses() -> None:
    url = "postgresql+psycopg2://u:p@db:5432/a?sslmode=require&connect_timeout=5"
    assert connection.for_asyncpg(url) == "postgresql+asyncpg://u:p@db:5432/a?ssl=require"


def test_a_database_of_the_stack_is_found_by_its_service() -> None:
    dev, prod = (
        connection.own_database(settings_of("dev")),
        connection.own_database(settings_of("prod")),
    )
    assert dev == connection.OwnDatabase(host="airflow-postgresql.airflow.svc", sslmode="disable")
    assert prod == connection.OwnDatabase(
        host="airflow-postgresql-rw.airflow.svc", sslmode="require"
    )
