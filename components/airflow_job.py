"""A Job in the Airflow image that runs before the release."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.chart import security
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.airflow import Image, Resources
from airflow_k8s.stack.settings.credentials import Secrets
from airflow_k8s.stack.settings.secret_env import NOTHING, SecretEnv, built_in
from components.metadata import labels
from components.timeouts import timeouts

# Airflow writes an airflow.cfg into its home before it does anything else.
_HOME: Any = {"name": "AIRFLOW_HOME", "value": security.SCRATCH_MOUNT["mountPath"]}
# FAB is the auth manager of the chart; tables and users depend on it.
_AUTH_MANAGER: Any = {
    "name": "AIRFLOW__CORE__AUTH_MANAGER",
    "value": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
}


@dataclass(frozen=True, kw_only=True)
class AirflowJobArgs:
    """Arguments that all Jobs with the Airflow image have in common."""

    namespace: pulumi.Input[str]
    image: Image
    resources: Resources
    secrets: Secrets
    timeout_minutes: int  # how long an update waits for the Job


def airflow_job(
    resource_name: str,
    args: AirflowJobArgs,
    parent: pulumi.Resource,
    *,
    component: str,
    script: str,
    env: Sequence[Any] = (),
    extra_secrets: SecretEnv = NOTHING,
) -> k8s.batch.v1.Job:
    """A Job that runs a bash script with Airflow and a connection to the metadata database.

    `env` are its own variables in clear text, `extra_secrets` the secrets that it reads besides
    those of the component.

    The Job gets an automatic name, so a changed template creates a new Job. It has no time to live:
    the next update would find a Job that removed itself deleted.
    """
    own = labels("airflow", component)
    secrets = built_in(component, args.secrets) + extra_secrets
    return k8s.batch.v1.Job(
        resource_name,
        metadata={"namespace": args.namespace, "labels": own},
        spec={
            "backoff_limit": 6,
            "template": {
                "metadata": {
                    "labels": own,
                    "annotations": {names.ROTATIONS: names.rotations(secrets.entries)},
                },
                "spec": {
                    "restart_policy": "Never",  # a failed pod stays, so its log can be read
                    "automount_service_account_token": False,
                    "enable_service_links": False,
                    "security_context": security.pod(user=security.AIRFLOW_USER, group=0),
                    "image_pull_secrets": [{"name": name} for name in args.image.pull_secrets],
                    "containers": [
                        {
                            "name": component,
                            "image": args.image.airflow,
                            "args": ["bash", "-euc", script],
                            "env": [_HOME, _AUTH_MANAGER, *env, *secrets.variables],
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
