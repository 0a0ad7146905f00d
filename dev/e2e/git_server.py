"""A git server in the cluster that serves this checkout's DAGs: any cluster can reach it."""

import base64
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from airflow_k8s.errors import UserError
from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.stack.chart import security
from airflow_k8s.toolchain.command import CommandError, run
from dev.e2e.errors import CheckError
from dev.e2e.ownership import MARK
from dev.e2e.program import Image

NAMESPACE = "airflow-e2e-git"
FOLDER = "dags"  # in the repository
PORT = 9418
_NAME = "dags"
_BUNDLE = "dags.bundle"
_MOST = 1024 * 1024  # what a ConfigMap holds
_SECONDS = 120
_SERVE = f"""
git clone --quiet --bare --branch main /bundle/{_BUNDLE} /srv/git/{_NAME}.git
exec git daemon --base-path=/srv/git --export-all --port={PORT}
"""


def address() -> str:
    """The repository's, for every pod of the cluster."""
    return f"git://{_NAME}.{NAMESPACE}.svc/{_NAME}.git"


def bundled(dags: Path) -> bytes:
    """A folder's files as one commit on main, in a file that git clones from."""
    with tempfile.TemporaryDirectory() as scratch:
        repository = Path(scratch)
        shutil.copytree(dags, repository / FOLDER, ignore=shutil.ignore_patterns("__pycache__"))
        who = ["-c", "user.name=e2e", "-c", "user.email=e2e@example.com"]
        for command in (
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "--all"],
            [*who, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "DAGs"],
            ["bundle", "create", "--quiet", _BUNDLE, "main"],
        ):
            run(["git", *command], folder=repository)
        content = (repository / _BUNDLE).read_bytes()
    if len(content) > _MOST:
        raise UserError(
            f"{dags.name}/ takes {len(content)} bytes packed; a ConfigMap holds {_MOST}"
        )
    return content


def manifests(bundle: bytes, image: Image) -> list[dict[str, Any]]:
    """The server in the order in which it is made."""
    labels = {"app.kubernetes.io/name": _NAME, "app.kubernetes.io/component": "git-server"}
    inside = {"name": _NAME, "namespace": NAMESPACE, "labels": labels}
    container = {
        "name": "git",
        "image": str(image),
        "command": ["sh", "-ec", _SERVE],
        "env": [{"name": "HOME", "value": "/srv/git"}],
        "ports": [{"name": "git", "containerPort": PORT}],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
        "resources": {
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {"memory": "256Mi"},
        },
        "securityContext": security.container(),
        "volumeMounts": [
            {"name": "bundle", "mountPath": "/bundle"},
            {"name": "repository", "mountPath": "/srv/git"},
        ],
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": NAMESPACE,
                "labels": {MARK: "true", "pod-security.kubernetes.io/enforce": "restricted"},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": inside,
            "binaryData": {_BUNDLE: base64.b64encode(bundle).decode()},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": inside,
            "spec": {"selector": labels, "ports": [{"name": "git", "port": PORT}]},
        },
        {
            # A Deployment: on a cluster whose nodes come and go a pod alone would stay away.
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": inside,
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "automountServiceAccountToken": False,
                        "securityContext": security.pod(user=security.AIRFLOW_USER, group=0),
                        "containers": [container],
                        "volumes": [
                            {"name": "bundle", "configMap": {"name": _NAME}},
                            {"name": "repository", "emptyDir": {}},
                        ],
                    },
                },
            },
        },
    ]


def serve(kubectl: Kubectl, bundle: bytes, image: Image) -> None:
    """Makes the server and waits until it answers."""
    objects = {"apiVersion": "v1", "kind": "List", "items": manifests(bundle, image)}
    kubectl.ask("apply", "--server-side", "--filename", "-", stdin=json.dumps(objects))
    where = ["--namespace", NAMESPACE, "rollout", "status", f"deployment/{_NAME}"]
    try:
        kubectl.ask(*where, f"--timeout={_SECONDS}s", timeout=_SECONDS + 10)
    except CommandError as failed:
        raise CheckError(f"the git server does not come up: {failed}") from None
