"""A Job in the Airflow image that runs before the release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from chart import security
from components.metadata import labels
from components.timeouts import timeouts
from settings import names
from settings.model import Image, Resources, SecretEntry, Secrets


@dataclass(frozen=True, kw_only=True)
class AirflowJobArgs:
    """What a Job needs to act on the metadata database."""

    namespace: pulumi.Input[str]
    image: Image
    resources: Resources
    secrets: Secrets
    timeout_minutes: int  # how long an update waits for it


def airflow_job(
    resource_name: str,
    args: AirflowJobArgs,
    parent: pulumi.Resource,
    *,
    component: str,
    script: str,
    env: Sequence[Any] = (),
    reads: Mapping[str, SecretEntry] | None = None,
) -> k8s.batch.v1.Job:
    """`env` and `reads` are what it has beyond the database: variables and the secrets in them.

    Auto-named and without a time to live: a changed template makes a new Job, while one that
    removed itself would look deleted to the next update."""
    own = labels("airflow", component)
    rotations = names.rotations(names.read_by_jobs(args.secrets) | dict(reads or {}))
    return k8s.batch.v1.Job(
        resource_name,
        metadata={"namespace": args.namespace, "labels": own},
        spec={
            "backoff_limit": 6,
            "template": {
                "metadata": {"labels": own, "annotations": {names.ROTATIONS: rotations}},
                "spec": {
                    "restart_policy": "Never",  # a failed pod stays, and with it its log
                    "automount_service_account_token": False,
                    "enable_service_links": False,
                    "security_context": security.pod(user=security.AIRFLOW_USER, group=0),
                    "image_pull_secrets": [{"name": name} for name in args.image.pull_secrets],
                    "containers": [
                        {
                            "name": component,
                            "image": f"{args.image.repository}:{args.image.tag}",
                            "args": ["bash", "-euc", script],
                            "env": [*_airflow_env(args.secrets), *env],
                            "resources": args.resources.spec(),
                            "security_context": security.container(),
                        }
                    ],
                },
            },
        },
        opts=pulumi.ResourceOptions(
            parent=parent,
            custom_timeouts=timeouts(args.timeout_minutes),
        ),
    )


def _airflow_env(secrets: Secrets) -> list[Any]:
    """The little of Airflow's configuration that acting on the database takes."""
    sync, for_async = names.metadata_connection(secrets), names.metadata_connection_async(secrets)
    return [
        # Its tables and its users are FAB's, the chart's auth manager.
        {
            "name": "AIRFLOW__CORE__AUTH_MANAGER",
            "value": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        },
        sync.env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"),
        for_async.env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"),
        names.fernet_key(secrets).env("AIRFLOW__CORE__FERNET_KEY"),
    ]
