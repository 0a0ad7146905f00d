"""Chart values for the components of Airflow, and for the statsd exporter."""

from typing import Any

from airflow_k8s.stack.chart import dag_source, security, sign_in
from airflow_k8s.stack.chart.facts_volume import FACTS_MOUNT, FACTS_VOLUME
from airflow_k8s.stack.chart.service_accounts import NO_TOKEN, TOKEN_IN_ONE_CONTAINER, identity
from airflow_k8s.stack.settings import names, secret_env
from airflow_k8s.stack.settings.airflow import Component
from airflow_k8s.stack.settings.model import Settings

# Ten minutes to start: on a small node, four new Airflow processes beside four old ones needed
# several minutes, and the chart's 60 s restarted them.
_STARTUP = {"periodSeconds": 10, "failureThreshold": 60, "timeoutSeconds": 60}
# `airflow jobs check` imports Airflow: on a busy node it takes longer than the chart's 20 s.
_LIVENESS = {
    "initialDelaySeconds": 10,
    "periodSeconds": 60,
    "failureThreshold": 5,
    "timeoutSeconds": 60,
}
_HTTP_LIVENESS = _LIVENESS | {"periodSeconds": 10, "failureThreshold": 6}
# For two components the chart has no start-up probe, so their liveness probe has to wait as long.
_SLOW_LIVENESS = _LIVENESS | {"failureThreshold": 10}
_ROLLING_UPDATE = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
# The image waits for the database before any program that it runs. For a program without access to
# the metadata database that would be a new SQLite database.
NO_DATABASE_CHECK = {"name": "CONNECTION_CHECK_MAX_COUNT", "value": "0"}
_CONFIG_MOUNT = {  # as the chart mounts it into every container of Airflow
    "name": "config",
    "mountPath": "/opt/airflow/airflow.cfg",
    "subPath": "airflow.cfg",
    "readOnly": True,
}


def values(settings: Settings) -> dict[str, Any]:
    """The top-level keys of the components: apiServer, scheduler, dagProcessor, triggerer and
    statsd."""
    # On a shared log volume the scheduler's groomer deletes the files of all components.
    has_own_logs = settings.logs.store == "remote"
    return {
        "apiServer": _component(settings, "api-server", settings.api_server, _HTTP_LIVENESS)
        | {
            "startupProbe": _STARTUP,
            "readinessProbe": {"timeoutSeconds": 60},
            "serviceAccount": identity(settings),
        }
        | sign_in.values(settings.sign_in),
        "scheduler": _component(settings, "scheduler", settings.scheduler, _LIVENESS)
        | {
            "startupProbe": _STARTUP,
            "serviceAccount": identity(settings) | TOKEN_IN_ONE_CONTAINER,
            "logGroomerSidecar": _log_groomer(settings, enabled=True),
        },
        "dagProcessor": _component(
            settings, "dag-processor", settings.dag_processor, _SLOW_LIVENESS
        )
        | {
            "enabled": True,
            "dagBundleConfigList": dag_source.bundles(settings.dags),
            "extraVolumes": [FACTS_VOLUME],
            "extraVolumeMounts": [FACTS_MOUNT],
            "serviceAccount": identity(settings) | NO_TOKEN,
            "logGroomerSidecar": _log_groomer(settings, enabled=has_own_logs),
        },
        "triggerer": _component(settings, "triggerer", settings.triggerer, _SLOW_LIVENESS)
        | {
            "persistence": {"enabled": False},  # it stores its logs where all components do
            "serviceAccount": identity(settings),
            "logGroomerSidecar": _log_groomer(settings, enabled=has_own_logs),
        },
        "statsd": {
            "resources": settings.statsd.spec(),
            "securityContexts": {
                "pod": security.pod(user=security.STATSD_USER, group=security.STATSD_USER),
                "container": security.container(),
            },
            "serviceAccount": NO_TOKEN,
        },
    }


def _component(
    settings: Settings, name: str, component: Component, liveness: dict[str, int]
) -> dict[str, Any]:
    """What all components have in common; `name` is the chart's label for the component."""
    secrets = secret_env.built_in(name, settings.secrets) + secret_env.from_user(name, settings)
    own_variables = sign_in.variables(settings.sign_in) if name == "api-server" else []
    return {
        "replicas": component.replicas,
        "resources": component.resources.spec(),
        "strategy": _ROLLING_UPDATE,
        "podDisruptionBudget": {
            "enabled": component.replicas > 1,
            "config": {"maxUnavailable": 1},
        },
        "topologySpreadConstraints": _spread(name) if settings.cluster.several_nodes else [],
        "livenessProbe": liveness,
        "podAnnotations": {names.ROTATIONS: names.rotations(secrets.entries)},
        "env": [*secrets.variables, *own_variables],
        # The chart's own init container can't read a variable from a Secret.
        "waitForMigrations": {"enabled": False},
        "extraInitContainers": [_wait_for_migration(settings, component)],
    }


def _spread(name: str) -> list[dict[str, Any]]:
    labels = {"tier": "airflow", "component": name, "release": names.RELEASE}
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            # If a node is full or lost, a replica on the same node is better than none.
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]


def _wait_for_migration(settings: Settings, component: Component) -> dict[str, Any]:
    """An init container that waits until the database has the version of the image. The migration
    Job has run before; this is for a restored database or a release that was rolled back."""
    return {
        "name": "wait-for-airflow-migrations",
        "image": settings.image.airflow,
        "args": ["airflow", "db", "check-migrations", "--migration-wait-timeout=60"],
        "env": list(secret_env.metadata_database(settings.secrets).variables),
        "volumeMounts": [_CONFIG_MOUNT, security.SCRATCH_MOUNT],
        "resources": component.resources.spec(),
        "securityContext": security.container(),
    }


def _log_groomer(settings: Settings, *, enabled: bool) -> dict[str, Any]:
    return {
        "enabled": enabled,
        "retentionDays": settings.retention.log_days,
        "env": [NO_DATABASE_CHECK],
        "resources": settings.sidecars.log_groomer.spec(),
    }
