"""A Job in the Airflow image that runs before the release."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.chart import security
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Image, Resources, Secrets
from airflow_k8s.stack.settings.secret_env import Reads, reads
from components.metadata import labels
from components.timeouts import timeouts

# Without an airflow.cfg Airflow writes one there before it does anything else.
_HOME: Any = {"name": "AIRFLOW_HOME", "value": security.SCRATCH_MOUNT["mountPath"]}
# Airflow's tables and its users are FAB's, the chart's auth manager.
_AUTH_MANAGER: Any = {
    "name": "AIRFLOW__CORE__AUTH_MANAGER",
    "value": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
}


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
    read: Reads | None = None,
) -> k8s.batch.v1.Job:
    """`env` and `read` are what it has beyond what it takes to act on the database: variables in
    clear, and secrets.

    Auto-named and without a time to live: a changed template makes a new Job, while one that
    removed itself would look deleted to the next update."""
    own = labels("airflow", component)
    every = reads(component, args.secrets) + (read or Reads(env=(), entries={}))
    return k8s.batch.v1.Job(
        resource_name,
        metadata={"namespace": args.namespace, "labels": own},
        spec={
            "backoff_limit": 6,
            "template": {
                "metadata": {
                    "labels": own,
                    "annotations": {names.ROTATIONS: names.rotations(every.entries)},
                },
                "spec": {
                    "restart_policy": "Never",  # a failed pod stays, and with it its log
                    "automount_service_account_token": False,
                    "enable_service_links": False,
                    "security_context": security.pod(user=security.AIRFLOW_USER, group=0),
                    "image_pull_secrets": [{"name": name} for name in args.image.pull_secrets],
                    "containers": [
                        {
                            "name": component,
                            "image": args.image.airflow,
                            "args": ["bash", "-euc", script],
                            "env": [_HOME, _AUTH_MANAGER, *env, *every.env],
                            "resources": args.resources.spec(),
                            "security_context": security.container(),
                            "volume_mounts": [security.SCRATCH_MOUNT],
                        }
                    ],
                    "volumes": [security.SCRATCH],
                },
            },
        },
        opts=pulumi.ResourceOptions(
            parent=parent,
            custom_timeouts=timeouts(args.timeout_minutes),
        ),
    )
