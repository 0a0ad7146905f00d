"""Which secrets each part of the platform reads, and as which variables. In one place, so that
what a pod is given, what makes it roll and what it must not have cannot disagree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import ExistingKey, SecretEntry, Secrets, Settings
from airflow_k8s.stack.settings.names import SecretKey


@dataclass(frozen=True, kw_only=True)
class Reads:
    """What one container reads."""

    env: tuple[Any, ...]  # variables that the kubelet fills, in Kubernetes' spelling
    entries: Mapping[str, SecretEntry | ExistingKey]  # by the name that a rotation is told under

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


def sign_in(s: Settings) -> Reads:
    """What the identity provider knows Airflow by."""
    if s.sign_in.mode != "oauth":
        return _NOTHING
    return _existing("AIRFLOW_PLATFORM_CLIENT_SECRET", s.sign_in.client_secret, "client-secret")


def connections_and_variables(s: Settings) -> Reads:
    """The connections and variables that the stack takes from Secrets, as Airflow's first secrets
    backend looks for them."""
    read = _NOTHING
    for name, key in s.connections.items():
        read += _existing(f"AIRFLOW_CONN_{name.upper()}", key, f"connection-{name}")
    for name, key in s.variables.items():
        read += _existing(f"AIRFLOW_VAR_{name.upper()}", key, f"variable-{name}")
    return read


_NOTHING = Reads(env=(), entries={})
_GIVEN: Mapping[str, tuple[Callable[[Settings], Reads], ...]] = {
    # Answers what tasks ask for, by the execution API.
    "api-server": (sign_in, connections_and_variables),
    # These two answer, each in its own process, the triggers and the DAG files that they run.
    "triggerer": (connections_and_variables,),
    "dag-processor": (connections_and_variables,),
}
"""Nobody else resolves a connection or a variable: not the scheduler, and a worker pod asks."""


def given(part: str, s: Settings) -> Reads:
    """What the containers of that part read beyond that of Secrets that the stack names."""
    return sum((each(s) for each in _GIVEN.get(part, ())), _NOTHING)


def _existing(variable: str, key: ExistingKey, name: str) -> Reads:
    reference = SecretKey(secret=key.secret, key=key.key)
    return Reads(env=(reference.env(variable),), entries={name: key})
