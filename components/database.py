"""Arguments that both kinds of metadata database have in common."""

from dataclasses import dataclass

import pulumi

from airflow_k8s.stack.settings.airflow import Database, Image
from airflow_k8s.stack.settings.credentials import SecretEntry


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """Settings of the database, and its login."""

    namespace: pulumi.Input[str]
    database: Database
    image: Image  # for the mirror and the pull secrets, which also apply to PostgreSQL's image
    login: pulumi.Input[str]  # name of the Secret with username and password
    login_entry: SecretEntry
    protect: bool
    timeout_minutes: int  # how long an update waits until the database is ready
