"""The values of the Airflow chart: a pure function of the settings. Written for chart 1.22.0.

Values name the Kubernetes Secret that holds a secret, and never contain the secret: Helm stores
them in clear text in its release, and so does Pulumi in its state.
"""

import copy
from collections.abc import Mapping
from typing import Any

from airflow_k8s.kube import helm_values
from airflow_k8s.stack.chart import (
    airflow_config,
    cleanup,
    components,
    dag_source,
    security,
    worker_pod,
)
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.airflow import Image, Logs
from airflow_k8s.stack.settings.model import Settings

_BUILT_IN_VARIABLES = (
    "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "AIRFLOW_CONN_AIRFLOW_DB",
    "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET",
)
_DISABLED = {"enabled": False}
_DISABLED_JOB = {"enabled": False, "serviceAccount": {"create": False}}
# The chart's defaults of the images that the platform uses besides Airflow's; a test compares them.
OTHER_IMAGES = {
    "statsd": "quay.io/prometheus/statsd-exporter",
    "gitSync": "registry.k8s.io/git-sync/git-sync",
}


def airflow_values(settings: Settings, overlay: Mapping[str, Any]) -> dict[str, Any]:
    """The values for the chart: the platform's own, with `overlay` merged into them.

    The result shares no object with another one, so the caller can change it.
    """
    return copy.deepcopy(helm_values.merge(_platform_values(settings), overlay))


def ui_address(settings: Settings) -> str:
    """The address of the UI, or the command that makes it available on this machine."""
    if settings.ingress.host:
        return airflow_config.base_url(settings.ingress)
    return (
        f"kubectl --context {settings.cluster.context} -n {settings.namespace}"
        f" port-forward svc/{names.RELEASE}-api-server 8080 # then http://localhost:8080"
    )


def _platform_values(settings: Settings) -> dict[str, Any]:
    return (
        _images(settings.image)
        | _pods(settings)
        | _secrets(settings)
        | {
            "executor": "KubernetesExecutor",
            # The chart binds one role to all components that act on pods; the platform has a role
            # for each of them.
            "rbac": {"create": False},
            "config": airflow_config.config(settings),
            "ingress": {"apiServer": _ingress(settings)},
            "workers": {"kubernetes": worker_pod.values(settings)},
            "dags": {"gitSync": dag_source.git_sync(settings)},
            "logs": {"persistence": _log_volume(settings.logs)},
        }
        | components.values(settings)
        | cleanup.values(settings)
        | _disabled()
    )


def _images(image: Image) -> dict[str, Any]:
    values: dict[str, Any] = {
        "airflowVersion": image.airflow_version,
        "defaultAirflowRepository": image.pulled_from(image.repository),
        "defaultAirflowTag": image.tag,
        "imagePullSecrets": list(image.pull_secrets),
    }
    if not image.registry:
        return values
    # The other images come from the mirror too; the chart's tags stay.
    mirrored = {name: image.pulled_from(repository) for name, repository in OTHER_IMAGES.items()}
    return values | {
        "images": {name: {"repository": repository} for name, repository in mirrored.items()}
    }


def _pods(settings: Settings) -> dict[str, Any]:
    """What all pods of the chart have in common."""
    has_git_sync = settings.dags.source == "git-sync"
    return {
        # Otherwise Kubernetes adds variables AIRFLOW_… for Services whose name begins with airflow.
        "enableServiceLinks": False,
        "securityContexts": {
            "pod": security.pod(user=security.AIRFLOW_USER, group=0),
            "containers": security.container(),
        },
        "volumes": [security.SCRATCH, *([dag_source.GIT_SCRATCH] if has_git_sync else [])],
        "volumeMounts": [security.SCRATCH_MOUNT],
    }


def _secrets(settings: Settings) -> dict[str, Any]:
    secrets = settings.secrets
    return {
        "fernetKeySecretName": names.fernet_key(secrets).secret,
        "apiSecretKeySecretName": names.api_secret_key(secrets).secret,
        "jwtSecretName": names.jwt_secret(secrets).secret,
        "data": {
            "metadataSecretName": names.metadata_connection(secrets).secret,
            # With any name the chart creates no Secret for a broker: this executor has none.
            "brokerUrlSecretName": "no-broker",
        },
        # The chart would set them in every pod, also in worker pods, which run the code of DAGs.
        # Here every component gets only what it reads, and a worker pod gets none.
        "enableBuiltInSecretEnvVars": dict.fromkeys(_BUILT_IN_VARIABLES, False),
        "secret": _connections(settings),
    }


def _connections(settings: Settings) -> list[dict[str, str]]:
    """Airflow connections that every component and worker pod reads from existing Secrets."""
    dags, logs = settings.dags, settings.logs
    secrets = {
        names.GIT_CONNECTION: dags.credentials_secret if dags.source == "git-bundle" else "",
        names.LOG_CONNECTION: logs.connection_secret if logs.store == "remote" else "",
    }
    return [
        {"envName": f"AIRFLOW_CONN_{name.upper()}", "secretName": secret, "secretKey": "connection"}
        for name, secret in secrets.items()
        if secret
    ]


def _log_volume(logs: Logs) -> dict[str, Any]:
    if logs.store == "remote":
        return {"enabled": False}
    return {"enabled": True, "existingClaim": names.LOG_CLAIM}


def _ingress(settings: Settings) -> dict[str, Any]:
    ingress = settings.ingress
    if not ingress.host:
        return {"enabled": False}
    tls = {"enabled": bool(ingress.tls_secret), "secretName": ingress.tls_secret}
    return {
        "enabled": True,
        "pathType": "Prefix",
        "hosts": [{"name": ingress.host, "tls": tls}],
        "ingressClassName": ingress.class_name,
        "annotations": ingress.annotations,
    }


def _disabled() -> dict[str, Any]:
    """Parts of the chart that the platform does not use."""
    return {
        # Jobs of this program do both. The chart's Jobs are no alternative: as Helm hooks they
        # deadlock with a release that waits; as plain Jobs they can't be patched when the image
        # changes; and their args contain the password.
        "migrateDatabaseJob": _DISABLED_JOB,
        "createUserJob": _DISABLED_JOB,
        "postgresql": _DISABLED,
        "redis": _DISABLED,
        "flower": _DISABLED,
    }
