"""The Job that migrates the metadata database to the version of the image."""

import pulumi

from components.airflow_job import AirflowJobArgs, airflow_job


class DatabaseMigration(pulumi.ComponentResource):
    """Runs `airflow db migrate`, and again after a change of the image or of the database's
    secrets."""

    job: pulumi.Output[str]

    def __init__(
        self, name: str, args: AirflowJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:DatabaseMigration", name, None, opts)

        job = airflow_job(
            f"{name}-job", args, self, component="migration", script="exec airflow db migrate"
        )

        self.job = job.metadata["name"]
        self.register_outputs({"job": self.job})
