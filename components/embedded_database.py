"""A PostgreSQL in one pod, for stacks that can afford to lose the data on its only volume."""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.chart import security
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.airflow import Storage
from components.database import DatabaseArgs
from components.metadata import labels
from components.timeouts import timeouts
from components.volume import Volume, VolumeArgs

_IMAGE = "postgres:17"
_SOCKET: Any = {"name": "socket", "emptyDir": {}}
_DATA = "/var/lib/postgresql/data"
# The image reads POSTGRES_PASSWORD only when it creates the database. This init container sets the
# password before every start, so that a rotated password takes effect. It uses the single-user
# mode, in which no server listens.
_PREPARE = """
[ -s "$PGDATA/PG_VERSION" ] || exit 0
quoted=$(printf %s "$POSTGRES_PASSWORD" | sed "s/'/''/g")
printf "ALTER ROLE \\"%s\\" PASSWORD '%s'\\n" "$POSTGRES_USER" "$quoted" |
  postgres --single -D "$PGDATA" -c log_min_error_statement=panic postgres > /dev/null
"""


class EmbeddedDatabase(pulumi.ComponentResource):
    """A StatefulSet with one PostgreSQL pod, its claim and its Service."""

    service: pulumi.Output[str]

    def __init__(
        self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:EmbeddedDatabase", name, None, opts)

        volume = Volume(
            f"{name}-volume",
            VolumeArgs(
                claim=names.DATABASE_CLAIM,
                component="database",
                namespace=args.namespace,
                storage=Storage(size=args.database.size, storage_class=args.database.storage_class),
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        selector = {
            "app.kubernetes.io/name": "postgresql",
            "app.kubernetes.io/instance": pulumi.get_stack(),
        }
        container: Any = {
            "image": args.image.pulled_from(args.database.image or _IMAGE),
            "env": [
                {"name": "POSTGRES_DB", "value": names.DATABASE_USER},
                {"name": "POSTGRES_USER", "value": names.DATABASE_USER},
                {
                    "name": "POSTGRES_PASSWORD",
                    "value_from": {"secret_key_ref": {"name": args.login, "key": "password"}},
                },
                {"name": "PGDATA", "value": f"{_DATA}/pgdata"},
            ],
            "resources": args.database.resources.spec(),
            "security_context": security.container(),
            "volume_mounts": [
                {"name": "data", "mount_path": _DATA},
                {"name": _SOCKET["name"], "mount_path": "/var/run/postgresql"},
                security.SCRATCH_MOUNT,
            ],
        }
        ready: Any = {
            "exec_": {"command": ["pg_isready", "-h", "127.0.0.1", "-U", names.DATABASE_USER]}
        }
        k8s.apps.v1.StatefulSet(
            f"{name}-statefulset",
            metadata={
                "name": names.DATABASE,
                "namespace": args.namespace,
                "labels": labels("postgresql", "database"),
            },
            spec={
                "replicas": 1,
                "service_name": names.DATABASE,
                "selector": {"match_labels": selector},
                "template": {
                    "metadata": {
                        "labels": labels("postgresql", "database"),
                        "annotations": {
                            names.ROTATIONS: names.rotations({"database": args.login_entry})
                        },
                    },
                    "spec": {
                        "automount_service_account_token": False,
                        "enable_service_links": False,
                        "security_context": security.pod(
                            user=security.POSTGRES_USER, group=security.POSTGRES_USER
                        ),
                        "image_pull_secrets": [
                            {"name": secret} for secret in args.image.pull_secrets
                        ],
                        "init_containers": [
                            container | {"name": "prepare", "command": ["sh", "-euc", _PREPARE]}
                        ],
                        "containers": [
                            container
                            | {
                                "name": "postgresql",
                                "ports": [{"name": "postgresql", "container_port": 5432}],
                                "startup_probe": ready
                                | {"period_seconds": 2, "failure_threshold": 300},
                                "readiness_probe": ready | {"period_seconds": 5},
                                "liveness_probe": ready
                                | {
                                    "period_seconds": 20,
                                    "timeout_seconds": 20,
                                    "failure_threshold": 5,
                                },
                            }
                        ],
                        "volumes": [
                            {
                                "name": "data",
                                "persistent_volume_claim": {"claim_name": volume.claim},
                            },
                            _SOCKET,
                            security.SCRATCH,
                        ],
                    },
                },
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                custom_timeouts=timeouts(args.timeout_minutes),
            ),
        )
        service = k8s.core.v1.Service(
            f"{name}-service",
            metadata={
                "name": names.DATABASE,
                "namespace": args.namespace,
                "labels": labels("postgresql", "database"),
                # An update waits for the pods. To wait for the Service too takes ten seconds.
                "annotations": {"pulumi.com/skipAwait": "true"},
            },
            spec={
                "selector": selector,
                "ports": [{"name": "postgresql", "port": 5432, "target_port": "postgresql"}],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.service = service.metadata["name"]
        self.register_outputs({"service": self.service})
