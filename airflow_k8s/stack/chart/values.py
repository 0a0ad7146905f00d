"""The Airflow chart's values: a pure function of the settings. Written against chart 1.22.0.

A secret enters by the name of its Kubernetes Secret only: values are stored in clear in Helm's
release and in Pulumi's state.
"""

import copy
from typing import Any
from urllib.parse import urlsplit

from airflow_k8s.kube import helm_values
from airflow_k8s.stack.chart import data_volume, security, sign_in
from airflow_k8s.stack.settings import names, secret_env
from airflow_k8s.stack.settings.airflow import Component, Dags, Logs
from airflow_k8s.stack.settings.model import Settings

# Ten minutes to start: four Airflow processes that start beside four old ones on a small node were
# seen to take minutes, and the chart's 60 s restarted them for it.
_STARTUP = {"periodSeconds": 10, "failureThreshold": 60, "timeoutSeconds": 60}
# `airflow jobs check` imports Airflow: over the chart's 20 s on a busy node.
_LIVENESS = {
    "initialDelaySeconds": 10,
    "periodSeconds": 60,
    "failureThreshold": 5,
    "timeoutSeconds": 60,
}
_HTTP_LIVENESS = _LIVENESS | {"periodSeconds": 10, "failureThreshold": 6}
# Two components have no start-up probe in the chart, so their liveness probe has to wait as long.
_SLOW_LIVENESS = _LIVENESS | {"failureThreshold": 10}
_NONE = {"enabled": False, "serviceAccount": {"create": False}}
_NO_TOKEN = {"automountServiceAccountToken": False}
# Of all containers of a pod only the one that needs it has the token.
_TOKEN_IN_ONE = _NO_TOKEN | {"serviceAccountTokenVolume": {"enabled": True}}
# The image asks for the database before whatever it runs: here that would be a SQLite of its own.
_NO_DATABASE = {"name": "CONNECTION_CHECK_MAX_COUNT", "value": "0"}
_GIT_SCRATCH: dict[str, Any] = {"name": "git-tmp", "emptyDir": {}}
_ROLL = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
_BUILT_IN = (
    "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "AIRFLOW_CONN_AIRFLOW_DB",
    "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET",
)
_FACTS_VOLUME = {"name": "platform", "configMap": {"name": names.DAG_FACTS}}
_FACTS_MOUNT = {"name": "platform", "mountPath": names.DAG_FACTS_PATH, "readOnly": True}
# Of the chart's defaults, those of what we leave in; a test compares.
OTHER_IMAGES = {
    "statsd": "quay.io/prometheus/statsd-exporter",
    "gitSync": "registry.k8s.io/git-sync/git-sync",
}
_CONFIG_MOUNT = {  # as the chart mounts it into every container of Airflow
    "name": "config",
    "mountPath": "/opt/airflow/airflow.cfg",
    "subPath": "airflow.cfg",
    "readOnly": True,
}


def airflow_values(s: Settings, laid_over: dict[str, Any]) -> dict[str, Any]:
    """What the chart gets: ours, with the stack's own values laid over them."""
    return copy.deepcopy(helm_values.merge(_ours(s), laid_over))  # nothing in it is shared


def _ours(s: Settings) -> dict[str, Any]:
    identity = {"annotations": s.service_account_annotations}
    git_sync = s.dags.source == "git-sync"
    groom_each = s.logs.store == "remote"  # on a shared volume the scheduler's is enough
    return {
        "executor": "KubernetesExecutor",
        "airflowVersion": s.image.airflow_version,
        "defaultAirflowRepository": s.image.pulled_from(s.image.repository),
        "defaultAirflowTag": s.image.tag,
        "imagePullSecrets": list(s.image.pull_secrets),
        # A Service named airflow… would otherwise put variables into the environment.
        "enableServiceLinks": False,
        "securityContexts": {
            "pod": security.pod(user=security.AIRFLOW_USER, group=0),
            "containers": security.container(),
        },
        "volumes": [security.SCRATCH, *([_GIT_SCRATCH] if git_sync else [])],
        "volumeMounts": [security.SCRATCH_MOUNT],
        "fernetKeySecretName": names.fernet_key(s.secrets).secret,
        "apiSecretKeySecretName": names.api_secret_key(s.secrets).secret,
        "jwtSecretName": names.jwt_secret(s.secrets).secret,
        "data": {
            "metadataSecretName": names.metadata_connection(s.secrets).secret,
            # Any name keeps the chart from making a Secret for a broker that this executor has not.
            "brokerUrlSecretName": "no-broker",
        },
        # The chart would give them to every pod, to the worker pods too, where code of DAGs runs:
        # each component gets what it reads, and a worker pod none of it.
        "enableBuiltInSecretEnvVars": dict.fromkeys(_BUILT_IN, False),
        "secret": _connections(s),
        # The chart binds one role to all that act on pods; ours are one for each.
        "rbac": {"create": False},
        "config": _config(s),
        "ingress": {"apiServer": _ingress(s)},
        "apiServer": _component(s, "api-server", s.api_server, _HTTP_LIVENESS)
        | {
            "startupProbe": _STARTUP,
            "readinessProbe": {"timeoutSeconds": 60},
            "serviceAccount": identity,
        }
        | sign_in.values(s.sign_in),
        "scheduler": _component(s, "scheduler", s.scheduler, _LIVENESS)
        | {
            "startupProbe": _STARTUP,
            "serviceAccount": identity | _TOKEN_IN_ONE,
            "logGroomerSidecar": _groomer(s, enabled=True),
        },
        "dagProcessor": _component(s, "dag-processor", s.dag_processor, _SLOW_LIVENESS)
        | {
            "enabled": True,
            "dagBundleConfigList": _bundles(s.dags),
            "extraVolumes": [_FACTS_VOLUME],
            "extraVolumeMounts": [_FACTS_MOUNT],
            "serviceAccount": identity | _NO_TOKEN,
            "logGroomerSidecar": _groomer(s, enabled=groom_each),
        },
        "triggerer": _component(s, "triggerer", s.triggerer, _SLOW_LIVENESS)
        | {
            "persistence": {"enabled": False},  # logs go where everyone's go
            "serviceAccount": identity,
            "logGroomerSidecar": _groomer(s, enabled=groom_each),
        },
        "statsd": {
            "resources": s.statsd.spec(),
            "securityContexts": {
                "pod": security.pod(user=security.STATSD_USER, group=security.STATSD_USER),
                "container": security.container(),
            },
            "serviceAccount": _NO_TOKEN,
        },
        "workers": {"kubernetes": _task_pod(s, identity)},
        "dags": {"gitSync": _git_sync(s)},
        "logs": {"persistence": _log_volume(s.logs)},
        "databaseCleanup": {
            "enabled": True,
            "schedule": "0 3 * * *",
            "retentionDays": s.retention.database_days,
            # Else the rows move to archive tables, and the database never gets smaller.
            "skipArchive": True,
            "env": list(secret_env.built_in("database-cleanup", s.secrets).variables),
            "resources": s.sidecars.job.spec(),
            "serviceAccount": _NO_TOKEN,
        },
        "cleanup": {
            "enabled": True,
            "schedule": "*/15 * * * *",
            "env": [_NO_DATABASE],
            "resources": s.sidecars.job.spec(),
            "serviceAccount": _TOKEN_IN_ONE,
            "failedJobsHistoryLimit": 1,
            "successfulJobsHistoryLimit": 1,
        },
        # Jobs of our own do both: as hooks these deadlock with a release that waits, as Jobs they
        # can't be patched when the image changes, and their args hold the password.
        "migrateDatabaseJob": _NONE,
        "createUserJob": _NONE,
        "postgresql": {"enabled": False},
        "redis": {"enabled": False},
        "flower": {"enabled": False},
    } | _other_images(s)


def _other_images(s: Settings) -> dict[str, Any]:
    """The chart's other images, where they come from a mirror; their tags stay the chart's."""
    if not s.image.registry:
        return {}
    pulled = {name: s.image.pulled_from(image) for name, image in OTHER_IMAGES.items()}
    return {"images": {name: {"repository": image} for name, image in pulled.items()}}


def _component(s: Settings, name: str, c: Component, liveness: dict[str, int]) -> dict[str, Any]:
    read = secret_env.built_in(name, s.secrets) + secret_env.from_user(name, s)
    labels = {"tier": "airflow", "component": name, "release": names.RELEASE}
    spread = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            # A full or lost node should cost the spread, not the replica.
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
    return {
        "replicas": c.replicas,
        "resources": c.resources.spec(),
        "strategy": _ROLL,
        "podDisruptionBudget": {"enabled": c.replicas > 1, "config": {"maxUnavailable": 1}},
        "topologySpreadConstraints": spread if s.cluster.several_nodes else [],
        "livenessProbe": liveness,
        "podAnnotations": {names.ROTATIONS: names.rotations(read.entries)},
        "env": [*read.variables, *(sign_in.variables(s.sign_in) if name == "api-server" else [])],
        # The chart's own takes no variable from a Secret.
        "waitForMigrations": {"enabled": False},
        "extraInitContainers": [_wait_for_migration(s, c)],
    }


def _wait_for_migration(s: Settings, c: Component) -> dict[str, Any]:
    """Our Job has migrated before; this is for a database that was put back, or a rolled back
    release."""
    return {
        "name": "wait-for-airflow-migrations",
        "image": s.image.airflow,
        "args": ["airflow", "db", "check-migrations", "--migration-wait-timeout=60"],
        "env": list(secret_env.metadata_database(s.secrets).variables),
        "volumeMounts": [_CONFIG_MOUNT, security.SCRATCH_MOUNT],
        "resources": c.resources.spec(),
        "securityContext": security.container(),
    }


def _groomer(s: Settings, *, enabled: bool) -> dict[str, Any]:
    return {
        "enabled": enabled,
        "retentionDays": s.retention.log_days,
        "env": [_NO_DATABASE],
        "resources": s.sidecars.log_groomer.spec(),
    }


def _task_pod(s: Settings, identity: dict[str, Any]) -> dict[str, Any]:
    """The executor's worker pod: one a task, from the template in the chart's ConfigMap."""
    return {
        "resources": s.tasks.worker.spec(),
        "labels": {
            "app.kubernetes.io/name": "airflow",
            "app.kubernetes.io/component": "task",
            "app.kubernetes.io/part-of": "airflow-platform",
        }
        | data_volume.LABELS,
        "affinity": data_volume.affinity(s),
        "serviceAccount": {"create": True} | identity,
        "securityContexts": {"container": security.container(read_only=False)},
        "safeToEvict": False,  # an autoscaler that moves it kills the task
        "env": [
            _NO_DATABASE,
            names.api_key(s.secrets).env("API_KEY"),
            names.pipeline_database_url(s.secrets).env("DATABASE_URL"),
        ],
        "extraVolumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": names.DATA_CLAIM}},
            _FACTS_VOLUME,
        ],
        "extraVolumeMounts": [{"name": "data", "mountPath": names.DATA_PATH}, _FACTS_MOUNT],
    }


def _git_sync(s: Settings) -> dict[str, Any]:
    if s.dags.source != "git-sync":
        return {"enabled": False}
    return {
        "enabled": True,
        "repo": s.dags.repo,
        # git-sync v4 reads ref; branch and rev are v3's, and override it where they are not empty.
        "branch": "",
        "rev": "",
        "ref": s.dags.branch or s.dags.ref,
        "subPath": s.dags.sub_path,
        "period": f"{s.dags.interval_seconds}s",
        "maxFailures": 3,  # a git server that is away for a moment costs no restart
        "resources": s.sidecars.git_sync.spec(),
        "securityContexts": {"container": security.container(user=security.GIT_SYNC_USER)},
        "extraVolumeMounts": [security.SCRATCH_MOUNT | {"name": _GIT_SCRATCH["name"]}],
        "recommendedProbeSetting": True,
        "livenessProbe": {"enabled": True, "timeoutSeconds": 5, "periodSeconds": 30},
        "startupProbe": {
            "enabled": True,
            "timeoutSeconds": 5,
            "periodSeconds": 5,
            "failureThreshold": 120,
        },
    } | {
        key: text
        for key, text in {
            "credentialsSecret": s.dags.credentials_secret,
            "sshKeySecret": s.dags.ssh_key_secret,
            "knownHosts": s.dags.known_hosts,
        }.items()
        if text
    }


def _bundles(dags: Dags) -> list[dict[str, Any]]:
    if dags.source != "git-bundle":
        local = "airflow.dag_processing.bundles.local.LocalDagBundle"
        return [{"name": "dags-folder", "classpath": local, "kwargs": {}}]
    where = {"git_conn_id": names.GIT_CONNECTION} if dags.credentials_secret else {}
    return [
        {
            "name": "dags",
            "classpath": "airflow.providers.git.bundles.git.GitDagBundle",
            "kwargs": where
            | {
                "repo_url": dags.repo,
                "tracking_ref": dags.branch or dags.ref,
                "subdir": dags.sub_path,
                "refresh_interval": dags.interval_seconds,
            },
        }
    ]


def _connections(s: Settings) -> list[dict[str, str]]:
    """Airflow connections that every component and task pod takes from existing Secrets."""
    wanted = {
        names.GIT_CONNECTION: s.dags.credentials_secret if s.dags.source == "git-bundle" else "",
        names.LOG_CONNECTION: s.logs.connection_secret if s.logs.store == "remote" else "",
    }
    return [
        {"envName": f"AIRFLOW_CONN_{name.upper()}", "secretName": secret, "secretKey": "connection"}
        for name, secret in wanted.items()
        if secret
    ]


def _log_volume(logs: Logs) -> dict[str, Any]:
    if logs.store == "remote":
        return {"enabled": False}
    return {"enabled": True, "existingClaim": names.LOG_CLAIM}


def _ingress(s: Settings) -> dict[str, Any]:
    if not s.ingress.host:
        return {"enabled": False}
    tls = {"enabled": bool(s.ingress.tls_secret), "secretName": s.ingress.tls_secret}
    return {
        "enabled": True,
        "pathType": "Prefix",
        "hosts": [{"name": s.ingress.host, "tls": tls}],
        "ingressClassName": s.ingress.class_name,
        "annotations": s.ingress.annotations,
    }


def _config(s: Settings) -> dict[str, Any]:
    """airflow.cfg. The executor's figures were measured: 300 empty tasks, 4 tasks/s by the
    defaults, 9 with these and asynchronous pod creation."""
    config: dict[str, Any] = {
        "core": {
            # Airflow counts it per scheduler.
            "parallelism": s.tasks.parallelism // s.scheduler.replicas,
        },
        "scheduler": {
            "max_tis_per_query": 0,  # as many as parallelism; by default 16, half a batch
            "scheduler_idle_sleep_time": 0.1,  # by default a second passes before each new batch
        },
        "kubernetes_executor": {
            "worker_pods_creation_batch_size": 32,  # by default one pod a scheduler loop
            # The quota is sized for parallelism; where it is full all the same, a task waits
            # instead of failing.
            "task_publish_max_retries": -1,
        },
        "workers": {
            # By default a worker gives up on an API server that is away for 12 s or so; with these
            # it asks for a minute and more, and a roll-out or a lost pod fails no task.
            "execution_api_retries": 15,
            "execution_api_retry_wait_max": 15,
        },
        "dag_processor": {
            "refresh_interval": s.dags.interval_seconds
        },  # by default new files take 5 min
        # Of Airflow 2, and still in the chart's defaults: Airflow 3 calls it misplaced.
        "webserver": {"enable_proxy_fix": None},
    }
    if s.image.async_pod_creation:
        config["kubernetes_executor"]["async_pod_creation"] = True
    if s.ingress.host:
        scheme = "https" if s.ingress.tls_secret else "http"
        config["api"] = {"base_url": f"{scheme}://{s.ingress.host}"}
    if s.logs.store == "remote":
        config |= _remote_logging(s.logs)
    return config


def _remote_logging(logs: Logs) -> dict[str, Any]:
    sections: dict[str, Any] = {
        "logging": {
            "remote_logging": "True",
            "remote_base_log_folder": logs.folder,
            "remote_log_conn_id": names.LOG_CONNECTION if logs.connection_secret else "",
        }
    }
    where = urlsplit(logs.folder)
    if where.scheme == "wasb":  # Airflow takes the container apart from the folder
        sections["logging"]["remote_base_log_folder"] = f"wasb://{where.path.lstrip('/')}"
        sections["azure_remote_logging"] = {"remote_wasb_log_container": where.netloc}
    return sections


def ui_address(s: Settings) -> str:
    """Where the UI is, or the command that brings it to this machine."""
    if s.ingress.host:
        return str(_config(s)["api"]["base_url"])
    return (
        f"kubectl --context {s.cluster.context} -n {s.namespace}"
        f" port-forward svc/{names.RELEASE}-api-server 8080 # then http://localhost:8080"
    )
