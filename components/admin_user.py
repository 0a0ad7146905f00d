"""The Job that makes the admin user, or gives it the new password."""

from dataclasses import dataclass

import pulumi

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Admin
from airflow_k8s.stack.settings.secret_env import Reads
from components.airflow_job import AirflowJobArgs, airflow_job

# The password goes in by standard input: an argument would stand in the process list.
_SCRIPT = """
password() { printf '%s\\n%s\\n' "$ADMIN_PASSWORD" "$ADMIN_PASSWORD"; }
password | airflow users create --role Admin --firstname Airflow --lastname Admin \
  --username "$ADMIN_USERNAME" --email "$ADMIN_EMAIL"
password | airflow users reset-password --username "$ADMIN_USERNAME"
"""


@dataclass(frozen=True, kw_only=True)
class AdminUserArgs:
    """Who the admin is."""

    admin: Admin
    job: AirflowJobArgs


class AdminUser(pulumi.ComponentResource):
    """Creates or resets: after a rotation the new password logs in and the old one does not."""

    job: pulumi.Output[str]

    def __init__(
        self, name: str, args: AdminUserArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:AdminUser", name, None, opts)

        job = airflow_job(
            f"{name}-job",
            args.job,
            self,
            component="admin-user",
            script=_SCRIPT,
            env=[
                {"name": "ADMIN_USERNAME", "value": args.admin.username},
                {"name": "ADMIN_EMAIL", "value": args.admin.email},
            ],
            read=Reads(
                env=(names.admin_password(args.job.secrets).env("ADMIN_PASSWORD"),),
                entries={"admin": args.job.secrets.admin},
            ),
        )

        self.job = job.metadata["name"]
        self.register_outputs({"job": self.job})
