"""A git server in the cluster under test, which serves the DAGs of this checkout.

So the test needs no git server outside the cluster.
"""

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
from dev.e2e.ownership import LABEL
from dev.e2e.program import Image

NAMESPACE = "airflow-e2e-git"
FOLDER = "dags"  # of the DAGs, in the repository and in this checkout
PORT = 9418
_NAME = "dags"
_BUNDLE = "dags.bundle"
_LABELS = {"app.kubernetes.io/name": _NAME, "app.kubernetes.io/component": "git-server"}
_MAX_BYTES = 1024 * 1024  # of a ConfigMap
_START_SECONDS = 120
_SERVE_SCRIPT = f"""
git clone --quiet --bare --branch main /bundle/{_BUNDLE} /srv/git/{_NAME}.git
exec git daemon --base-path=/srv/git --export-all --port={PORT}
"""


def address() -> str:
    """The URL of the repository for pods of the cluster."""
    return f"git://{_NAME}.{NAMESPACE}.svc/{_NAME}.git"


def bundle(dags: Path) -> bytes:
    """The files of a folder as one commit on branch main, in a git bundle.

    Raises UserError if the bundle is too large for a ConfigMap.
    """
    with tempfile.TemporaryDirectory() as scratch:
        repository = Path(scratch)
        shutil.copytree(dags, repository / FOLDER, ignore=shutil.ignore_patterns("__pycache__"))
        author = ["-c", "user.name=e2e", "-c", "user.email=e2e@example.com"]
        for command in (
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "--all"],
            [*author, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "DAGs"],
            ["bundle", "create", "--quiet", _BUNDLE, "main"],
        ):
            run(["git", *command], folder=repository)
        content = (repository / _BUNDLE).read_bytes()
    if len(content) > _MAX_BYTES:
        raise UserError(
            f"the git bundle of {dags.name}/ has {len(content)} bytes; a ConfigMap can hold"
            f" {_MAX_BYTES}"
        )
    return content


def manifests(content: bytes, image: Image) -> list[dict[str, Any]]:
    """The objects of a server for a git bundle, in the order in which to create them."""
    metadata = {"name": _NAME, "namespace": NAMESPACE, "labels": _LABELS}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": NAMESPACE,
                "labels": {LABEL: "true", "pod-security.kubernetes.io/enforce": "restricted"},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "binaryData": {_BUNDLE: base64.b64encode(content).decode()},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": _LABELS, "ports": [{"name": "git", "port": PORT}]},
        },
        {
            # A Deployment, because a bare pod is not replaced if its node is removed.
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {
                "selector": {"matchLabels": _LABELS},
                "template": {"metadata": {"labels": _LABELS}, "spec": _pod_spec(image)},
            },
        },
    ]


def _pod_spec(image: Image) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "securityContext": security.pod(user=security.AIRFLOW_USER, group=0),
        "containers": [
            {
                "name": "git",
                "image": str(image),
                "command": ["sh", "-ec", _SERVE_SCRIPT],
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
        ],
        "volumes": [
            {"name": "bundle", "configMap": {"name": _NAME}},
            {"name": "repository", "emptyDir": {}},
        ],
    }


def start(kubectl: Kubectl, content: bytes, image: Image) -> None:
    """Starts a server for a git bundle. Raises CheckError unless it is ready within two minutes."""
    objects = {"apiVersion": "v1", "kind": "List", "items": manifests(content, image)}
    kubectl.ask("apply", "--server-side", "--filename", "-", stdin=json.dumps(objects))
    wait = ["--namespace", NAMESPACE, "rollout", "status", f"deployment/{_NAME}"]
    try:
        kubectl.ask(*wait, f"--timeout={_START_SECONDS}s", timeout=_START_SECONDS + 10)
    except CommandError as error:
        raise CheckError(f"the git server does not become ready: {error}") from None
