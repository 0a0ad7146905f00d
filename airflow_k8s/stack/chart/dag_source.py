"""Chart values for the source of DAGs: git-sync or a DAG bundle."""

from typing import Any

from airflow_k8s.stack.chart import security
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.airflow import Dags
from airflow_k8s.stack.settings.model import Settings

GIT_SCRATCH: dict[str, Any] = {"name": "git-tmp", "emptyDir": {}}
"""A volume for git-sync, so that it does not share the scratch volume of Airflow."""


def git_sync(settings: Settings) -> dict[str, Any]:
    """The values of the git-sync sidecar."""
    dags = settings.dags
    if dags.source != "git-sync":
        return {"enabled": False}
    optional = {
        "credentialsSecret": dags.credentials_secret,
        "sshKeySecret": dags.ssh_key_secret,
        "knownHosts": dags.known_hosts,
    }
    return {
        "enabled": True,
        "repo": dags.repo,
        # git-sync v4 reads ref; branch and rev are for v3, and replace ref if they are not empty.
        "branch": "",
        "rev": "",
        "ref": dags.branch or dags.ref,
        "subPath": dags.sub_path,
        "period": f"{dags.interval_seconds}s",
        "maxFailures": 3,  # a git server that is unavailable for a moment causes no restart
        "resources": settings.sidecars.git_sync.spec(),
        "securityContexts": {"container": security.container(user=security.GIT_SYNC_USER)},
        "extraVolumeMounts": [security.SCRATCH_MOUNT | {"name": GIT_SCRATCH["name"]}],
        "recommendedProbeSetting": True,
        "livenessProbe": {"enabled": True, "timeoutSeconds": 5, "periodSeconds": 30},
        "startupProbe": {
            "enabled": True,
            "timeoutSeconds": 5,
            "periodSeconds": 5,
            "failureThreshold": 120,
        },
    } | {key: text for key, text in optional.items() if text}


def bundles(dags: Dags) -> list[dict[str, Any]]:
    """The DAG bundles of the DAG processor: the git repository or the folder of the DAGs."""
    if dags.source != "git-bundle":
        local = "airflow.dag_processing.bundles.local.LocalDagBundle"
        return [{"name": "dags-folder", "classpath": local, "kwargs": {}}]
    connection = {"git_conn_id": names.GIT_CONNECTION} if dags.credentials_secret else {}
    return [
        {
            "name": "dags",
            "classpath": "airflow.providers.git.bundles.git.GitDagBundle",
            "kwargs": connection
            | {
                "repo_url": dags.repo,
                "tracking_ref": dags.branch or dags.ref,
                "subdir": dags.sub_path,
                "refresh_interval": dags.interval_seconds,
            },
        }
    ]
