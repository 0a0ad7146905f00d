"""The secrets that a component of the platform reads, and the environment variables it reads them
from.

One table decides three things: the variables of a pod, the rotations that restart it, and the
secrets that it must not have. So they can't disagree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.credentials import ExistingKey, SecretEntry, Secrets
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.names import SecretKey


@dataclass(frozen=True, kw_only=True)
class SecretEnv:
    """The secrets that a container reads."""

    variables: tuple[Any, ...]  # entries of the container's `env` in Kubernetes
    entries: Mapping[str, SecretEntry | ExistingKey]  # by the name in the rotations annotation

    def __add__(self, other: "SecretEnv") -> "SecretEnv":
        return SecretEnv(
            variables=self.variables + other.variables,
            entries={**self.entries, **other.entries},
        )


NOTHING = SecretEnv(variables=(), entries={})


def metadata_database(secrets: Secrets) -> SecretEnv:
    """The address of the metadata database, one for each driver. Airflow would derive the address
    for asyncpg from the other one and keep its sslmode, which asyncpg refuses."""
    psycopg, asyncpg = names.metadata_connection(secrets), names.metadata_connection_async(secrets)
    return SecretEnv(
        variables=(
            psycopg.env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"),
            asyncpg.env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"),
        ),
        entries={"database": secrets.database, "metadata": secrets.metadata},
    )


def fernet_key(secrets: Secrets) -> SecretEnv:
    """The keys that decrypt connections, variables and the arguments of triggers."""
    return SecretEnv(
        variables=(names.fernet_key(secrets).env("AIRFLOW__CORE__FERNET_KEY"),),
        entries={"fernet-key": secrets.fernet_key},
    )


def api_secret_key(secrets: Secrets) -> SecretEnv:
    """The key that signs the sessions of the UI, and the API server's requests for the logs of a
    triggerer."""
    return SecretEnv(
        variables=(names.api_secret_key(secrets).env("AIRFLOW__API__SECRET_KEY"),),
        entries={"api-secret-key": secrets.api_secret_key},
    )


def jwt_secret(secrets: Secrets) -> SecretEnv:
    """The key of the API tokens: the scheduler signs them, the API server verifies them."""
    return SecretEnv(
        variables=(names.jwt_secret(secrets).env("AIRFLOW__API_AUTH__JWT_SECRET"),),
        entries={"jwt-secret": secrets.jwt_secret},
    )


# A worker pod is not in this table: on Airflow 3 it gets everything from the API server.
_BUILT_IN: Mapping[str, tuple[Callable[[Secrets], SecretEnv], ...]] = {
    "api-server": (metadata_database, fernet_key, api_secret_key, jwt_secret),
    "scheduler": (metadata_database, fernet_key, jwt_secret),
    "dag-processor": (metadata_database, fernet_key),
    "triggerer": (metadata_database, fernet_key, api_secret_key),
    "database-cleanup": (metadata_database,),
    "migration": (metadata_database, fernet_key),
    "admin-user": (metadata_database, fernet_key),
}


def built_in(component: str, secrets: Secrets) -> SecretEnv:
    """The platform's own secrets that a component reads.

    Raises KeyError for a component that reads none.
    """
    return sum((read(secrets) for read in _BUILT_IN[component]), NOTHING)


def client_secret(settings: Settings) -> SecretEnv:
    """The secret by which the identity provider recognizes Airflow."""
    if settings.sign_in.mode != "oauth":
        return NOTHING
    key = settings.sign_in.client_secret
    return _existing("AIRFLOW_PLATFORM_CLIENT_SECRET", key, "client-secret")


def connections_and_variables(settings: Settings) -> SecretEnv:
    """The connections and variables that the stack takes from existing Secrets. Airflow reads them
    from the environment, before its metadata database."""
    env = NOTHING
    for name, key in settings.connections.items():
        env += _existing(f"AIRFLOW_CONN_{name.upper()}", key, f"connection-{name}")
    for name, key in settings.variables.items():
        env += _existing(f"AIRFLOW_VAR_{name.upper()}", key, f"variable-{name}")
    return env


# No other component resolves a connection or a variable: the scheduler needs none, and a worker pod
# requests them from the API server.
_FROM_USER: Mapping[str, tuple[Callable[[Settings], SecretEnv], ...]] = {
    # Serves the requests of tasks, by the execution API.
    "api-server": (client_secret, connections_and_variables),
    # These two serve the triggers and the DAG files that run in their own processes.
    "triggerer": (connections_and_variables,),
    "dag-processor": (connections_and_variables,),
}


def from_user(component: str, settings: Settings) -> SecretEnv:
    """What a component reads from the existing Secrets that the stack names for sign-in,
    connections and variables."""
    return sum((read(settings) for read in _FROM_USER.get(component, ())), NOTHING)


def _existing(variable: str, key: ExistingKey, name: str) -> SecretEnv:
    reference = SecretKey(secret=key.secret, key=key.key)
    return SecretEnv(variables=(reference.env(variable),), entries={name: key})
