"""The Job that brings the metadata database to the image's version."""

import pulumi

from components.airflow_job import AirflowJobArgs, airflow_job


class DatabaseMigration(pulumi.ComponentResource):
    """`airflow db migrate`, again whenever the image or the database's secrets change."""

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
