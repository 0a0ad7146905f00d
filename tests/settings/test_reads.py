"""Each part of Airflow reads what it needs and nothing else."""

import pytest

from settings.reads import metadata, reads
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
