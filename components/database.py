"""What the metadata databases that this program makes have in common."""

from dataclasses import dataclass

import pulumi

from airflow_k8s.stack.settings.airflow import Database, Image
from airflow_k8s.stack.settings.credentials import SecretEntry


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """How large it is, and who may log in."""

    namespace: pulumi.Input[str]
    database: Database
    image: Image  # of Airflow: where the database's comes from too, and what pulls it
    login: pulumi.Input[str]  # Secret with username and password
    login_entry: SecretEntry
    protect: bool
    timeout_minutes: int  # how long an update waits until it is ready
