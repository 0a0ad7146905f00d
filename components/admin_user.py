"""The Job that creates the admin user, or sets its new password."""

from dataclasses import dataclass

import pulumi

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.credentials import Admin
from airflow_k8s.stack.settings.secret_env import SecretEnv
from components.airflow_job import AirflowJobArgs, airflow_job

# The password is passed on standard input: arguments are visible in the process list.
_SCRIPT = """
password() { printf '%s\\n%s\\n' "$ADMIN_PASSWORD" "$ADMIN_PASSWORD"; }
password | airflow users create --role Admin --firstname Airflow --lastname Admin \
  --username "$ADMIN_USERNAME" --email "$ADMIN_EMAIL"
password | airflow users reset-password --username "$ADMIN_USERNAME"
"""


@dataclass(frozen=True, kw_only=True)
class AdminUserArgs:
    """The admin user, and the arguments of the Job."""

    admin: Admin
    job: AirflowJobArgs


class AdminUser(pulumi.ComponentResource):
    """Creates the user or resets its password, so that only the password of the current rotation is
    valid."""

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
            extra_secrets=SecretEnv(
                variables=(names.admin_password(args.job.secrets).env("ADMIN_PASSWORD"),),
                entries={"admin": args.job.secrets.admin},
            ),
        )

        self.job = job.metadata["name"]
        self.register_outputs({"job": self.job})
