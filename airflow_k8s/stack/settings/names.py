"""Names that others rely on: DAGs, the chart, operators and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_k8s.stack.settings.credentials import ExistingKey, SecretEntry, Secrets, UserSecret

PART_OF = "airflow-platform"  # value of the label app.kubernetes.io/part-of
RELEASE = "airflow"  # the DNS names of the chart's Services begin with it
DATA_CLAIM = "airflow-data-pvc"
DATA_PATH = "/data"
GPU = "nvidia.com/gpu"  # the resource that the device plugin adds to nodes
LOG_CLAIM = "airflow-logs"
# The ConfigMap with the facts for DAGs, which dags/airflow_platform.py reads.
DAG_FACTS, DAG_FACTS_FILE = "airflow-dag-facts", "facts.json"
DAG_FACTS_PATH = "/opt/airflow/platform"
TASK_ACCOUNT = "airflow-task"
DATA_LABEL = "airflow-platform/data"
DATABASE = "airflow-postgresql"  # StatefulSet and Service, or the Cluster of CloudNativePG
DATABASE_CLAIM = "airflow-postgresql-data"
DATABASE_USER = "airflow"  # also the name of the database
# Ids of the Airflow connections that the platform defines.
GIT_CONNECTION, LOG_CONNECTION = "dags_git", "remote_logs"
ROTATIONS = "airflow-platform/secret-rotations"  # annotation of pods; its value: `rotations`


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """A key in a Kubernetes Secret."""

    secret: str
    key: str

    def env(self, name: str) -> Any:
        """An environment variable that the kubelet sets from the Secret."""
        reference = {"name": self.secret, "key": self.key}
        return {"name": name, "valueFrom": {"secretKeyRef": reference}}


def api_key(secrets: Secrets) -> SecretKey:
    """The key that task pods read as API_KEY."""
    return _key(secrets.api_key, "api-secrets", "api-key")


def fernet_key(secrets: Secrets) -> SecretKey:
    """The key that encrypts connections and variables in the metadata database."""
    return _key(secrets.fernet_key, "airflow-fernet-key", "fernet-key")


def api_secret_key(secrets: Secrets) -> SecretKey:
    """The key that signs the sessions of the UI."""
    return _key(secrets.api_secret_key, "airflow-api-secret-key", "api-secret-key")


def jwt_secret(secrets: Secrets) -> SecretKey:
    """The key that signs the tokens of the APIs."""
    return _key(secrets.jwt_secret, "airflow-jwt-secret", "jwt-secret")


def admin_password(secrets: Secrets) -> SecretKey:
    """The password of the admin user."""
    return _key(secrets.admin, "airflow-admin", "password")


def database_password(secrets: Secrets) -> SecretKey:
    """The password of Airflow's database user; the Secret has the user's name as `username`."""
    return _key(secrets.database, "airflow-database", "password")


def metadata_connection(secrets: Secrets) -> SecretKey:
    """The address of the metadata database for psycopg, with the password."""
    return _key(secrets.metadata, "airflow-metadata", "connection")


def metadata_connection_async(secrets: Secrets) -> SecretKey:
    """The address of the metadata database for asyncpg, with the password."""
    return _key(secrets.metadata, "airflow-metadata", "connection-async")


def pipeline_database_url(secrets: Secrets) -> SecretKey:
    """The address of the tasks' own database, which tasks read as DATABASE_URL."""
    return _key(secrets.pipeline_database, "pipeline-database", "url")


def _key(entry: SecretEntry | UserSecret, secret: str, key: str) -> SecretKey:
    return SecretKey(secret=entry.existing or secret, key=key)


def rotations(entries: Mapping[str, SecretEntry | ExistingKey]) -> str:
    """The rotation of every secret that a pod reads, such as `database=generated:1`, for its
    annotations.

    A rotation therefore restarts exactly the pods that read the secret, and a preview shows which
    secret it was. The text contains nothing of the secrets themselves.
    """
    return " ".join(f"{name}={entry.state}" for name, entry in sorted(entries.items()))
