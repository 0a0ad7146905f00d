"""Which secrets each part of the platform reads, and as which variables. In one place, so that
what a pod is given, what makes it roll and what it must not have cannot disagree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from settings import names
from settings.model import SecretEntry, Secrets


@dataclass(frozen=True, kw_only=True)
class Reads:
    """What one container reads."""

    env: tuple[Any, ...]  # variables that the kubelet fills, in Kubernetes' spelling
    entries: Mapping[str, SecretEntry]  # by the name that a rotation is told under

    def __add__(self, other: "Reads") -> "Reads":
        return Reads(env=self.env + other.env, entries={**self.entries, **other.entries})


def metadata(s: Secrets) -> Reads:
    """The metadata database, in the words of both drivers: what Airflow would derive for asyncpg
    from the one address holds libpq's sslmode, which asyncpg refuses."""
    return Reads(
        env=(
            names.metadata_connection(s).env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"),
            names.metadata_connection_async(s).env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"),
        ),
        entries={"database": s.database, "metadata": s.metadata},
    )


def fernet(s: Secrets) -> Reads:
    """What decrypts connections and variables, and the arguments of triggers."""
    key = names.fernet_key(s)
    return Reads(env=(key.env("AIRFLOW__CORE__FERNET_KEY"),), entries={"fernet-key": s.fernet_key})


def api_secret(s: Secrets) -> Reads:
    """What signs the UI's sessions, and the API server's requests for a triggerer's logs."""
    key = names.api_secret_key(s)
    return Reads(
        env=(key.env("AIRFLOW__API__SECRET_KEY"),), entries={"api-secret-key": s.api_secret_key}
    )


def jwt(s: Secrets) -> Reads:
    """What signs the tokens of the APIs: the scheduler makes them, the API server checks them."""
    key = names.jwt_secret(s)
    return Reads(
        env=(key.env("AIRFLOW__API_AUTH__JWT_SECRET"),), entries={"jwt-secret": s.jwt_secret}
    )


_PARTS: Mapping[str, tuple[Callable[[Secrets], Reads], ...]] = {
    "api-server": (metadata, fernet, api_secret, jwt),
    "scheduler": (metadata, fernet, jwt),
    "dag-processor": (metadata, fernet),
    "triggerer": (metadata, fernet, api_secret),
    "database-cleanup": (metadata,),
    "migration": (metadata, fernet),
    "admin-user": (metadata, fernet),
}
"""A worker pod is not among them: on Airflow 3 it asks the API server for all of it."""


def reads(part: str, s: Secrets) -> Reads:
    """What the containers of that part of Airflow read; KeyError for one that reads nothing."""
    first, *others = (each(s) for each in _PARTS[part])
    return sum(others, first)
