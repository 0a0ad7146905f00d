"""Names that something outside this program must know: DAGs, the chart, an operator, a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_k8s.stack.settings.model import ExistingKey, GivenSecret, SecretEntry, Secrets

RELEASE = "airflow"  # the Services' DNS names hang on it
DATA_CLAIM = "airflow-data-pvc"
DATA_PATH = "/data"
GPU = "nvidia.com/gpu"  # the resource that a device plugin counts
LOG_CLAIM = "airflow-logs"
# What DAGs read: dags/airflow_platform.py looks there.
DAG_FACTS, DAG_FACTS_FILE = "airflow-dag-facts", "facts.json"
DAG_FACTS_PATH = "/opt/airflow/platform"
TASK_ACCOUNT = "airflow-task"
DATA_LABEL = "airflow-platform/data"
DATABASE = "airflow-postgresql"  # StatefulSet and Service, or CloudNativePG's Cluster
DATABASE_CLAIM = "airflow-postgresql-data"
DATABASE_USER = "airflow"  # also the database's name
# Airflow connections of ours.
GIT_CONNECTION, LOG_CONNECTION = "dags_git", "remote_logs"


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """A key in a Kubernetes Secret."""

    secret: str
    key: str

    def env(self, name: str) -> Any:
        """An environment variable that the kubelet fills from the Secret."""
        reference = {"name": self.secret, "key": self.key}
        return {"name": name, "valueFrom": {"secretKeyRef": reference}}


def _key(entry: SecretEntry | GivenSecret, secret: str, key: str) -> SecretKey:
    return SecretKey(secret=entry.existing or secret, key=key)


def api_key(s: Secrets) -> SecretKey:
    """What task pods read as API_KEY."""
    return _key(s.api_key, "api-secrets", "api-key")


def fernet_key(s: Secrets) -> SecretKey:
    """What encrypts connections and variables in the metadata database."""
    return _key(s.fernet_key, "airflow-fernet-key", "fernet-key")


def api_secret_key(s: Secrets) -> SecretKey:
    """What signs the UI's sessions."""
    return _key(s.api_secret_key, "airflow-api-secret-key", "api-secret-key")


def jwt_secret(s: Secrets) -> SecretKey:
    """What signs the tokens of the APIs."""
    return _key(s.jwt_secret, "airflow-jwt-secret", "jwt-secret")


def admin_password(s: Secrets) -> SecretKey:
    """The admin user's password."""
    return _key(s.admin, "airflow-admin", "password")


def database_password(s: Secrets) -> SecretKey:
    """The password of Airflow's database user; the user's name stands beside it as `username`."""
    return _key(s.database, "airflow-database", "password")


def metadata_connection(s: Secrets) -> SecretKey:
    """The address of the metadata database, password included."""
    return _key(s.metadata, "airflow-metadata", "connection")


def metadata_connection_async(s: Secrets) -> SecretKey:
    """The same in the words of asyncpg."""
    return _key(s.metadata, "airflow-metadata", "connection-async")


def pipeline_database_url(s: Secrets) -> SecretKey:
    """The address of the tasks' own database, which they read as DATABASE_URL."""
    return _key(s.pipeline_database, "pipeline-database", "url")


ROTATIONS = "airflow-platform/secret-rotations"  # the annotation that holds the text below


def rotations(read: Mapping[str, SecretEntry | ExistingKey]) -> str:
    """The rotation of each secret that a pod reads, for its annotations.

    So a rotation rolls just the pods that read it, and a preview says which one it was. The text
    tells nothing of the secrets themselves.
    """
    return " ".join(f"{name}={entry.state}" for name, entry in sorted(read.items()))
