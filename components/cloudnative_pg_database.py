"""A replicated PostgreSQL that the CloudNativePG operator runs."""

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.prerequisites import CLOUDNATIVE_PG
from components.database import DatabaseArgs
from components.metadata import labels
from components.timeouts import timeouts

_IMAGE = "ghcr.io/cloudnative-pg/postgresql:17.5"


class CloudNativePgDatabase(pulumi.ComponentResource):
    """A Cluster resource of the operator; the Service `<name>-rw` connects to the primary.

    Fields: https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/
    """

    service: pulumi.Output[str]

    def __init__(
        self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:CloudNativePgDatabase", name, None, opts)

        storage = {"size": args.database.size}
        if args.database.storage_class:
            storage["storageClass"] = args.database.storage_class
        cluster = k8s.apiextensions.CustomResource(
            f"{name}-cluster",
            api_version=CLOUDNATIVE_PG,
            kind="Cluster",
            metadata={
                "name": names.DATABASE,
                "namespace": args.namespace,
                "labels": labels("postgresql", "database"),
                "annotations": {"pulumi.com/waitFor": "condition=Ready"},
            },
            spec={
                "instances": args.database.instances,
                "imageName": args.image.pulled_from(args.database.image or _IMAGE),
                "imagePullSecrets": [{"name": name} for name in args.image.pull_secrets],
                "bootstrap": {
                    "initdb": {
                        "database": names.DATABASE_USER,
                        "owner": names.DATABASE_USER,
                        "secret": {"name": args.login},
                    }
                },
                "storage": storage,
                "resources": args.database.resources.spec(),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                custom_timeouts=timeouts(args.timeout_minutes),
            ),
        )

        # The name is known before, but the output waits until the cluster is ready.
        self.service = cluster.id.apply(lambda _: f"{names.DATABASE}-rw")
        self.register_outputs({"service": self.service})
