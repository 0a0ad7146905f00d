"""Values for chart 1.22.0 in the words of chart 1.13.1, which stands in where that can't be had.

What 1.13.1 does not know is left out: its clean-up of the database, disruption budgets of the
DAG processor and the triggerer, DAG bundles, the JWT secret, and who reads which secret.
"""

import copy
from collections.abc import Mapping
from typing import Any

AIRFLOW = "2.8.3"  # the chart's own; it runs `airflow webserver`, which Airflow 3 has not

# The chart refuses `valueFrom` in the variables of task pods, so they are put in afterwards.
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
    "createUserJob",  # there it is the default user of the webserver that makes the Job
    "databaseCleanup",
    "enableServiceLinks",
    "imagePullSecrets",
    # Its service accounts are others than those that our roles are for.
    "rbac",
)
# Its components take no variable from a Secret. So its own way comes back, which gives every pod
# the same secrets, those of tasks too.
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
    # There a pod has its account's token in all its containers or in none.
    "scheduler.serviceAccount": ("automountServiceAccountToken", "serviceAccountTokenVolume"),
    "cleanup.serviceAccount": ("automountServiceAccountToken", "serviceAccountTokenVolume"),
}


def stand_in_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """A release's values for chart 1.22.0, as chart 1.13.1 takes them."""
    theirs = copy.deepcopy(dict(values))
    workers = theirs.get("workers", {})
    workers |= workers.pop("kubernetes", {})
    for path, keys in _UNKNOWN_OF.items():
        _drop(theirs, path.split("."), keys)
    pull_secrets = theirs.get("imagePullSecrets", [])
    key = {"secretName": theirs["apiSecretKeySecretName"], "secretKey": "api-secret-key"}
    return _without(theirs, _UNKNOWN) | {
        "airflowVersion": AIRFLOW,
        "defaultAirflowTag": AIRFLOW,
        "registry": {"secretName": pull_secrets[0]} if pull_secrets else {},  # it takes one
        # Named, the chart makes no Secret; but it would look in ours for a key of another name.
        "webserverSecretKeySecretName": key["secretName"],
        "enableBuiltInSecretEnvVars": {"AIRFLOW__WEBSERVER__SECRET_KEY": False},
        "secret": [*theirs["secret"], {"envName": "AIRFLOW__WEBSERVER__SECRET_KEY", **key}],
        "ingress": {"web": theirs["ingress"]["apiServer"]},
        "webserver": _webserver(theirs["apiServer"]),
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
