"""Lists the files on the shared data volume, by a pod that mounts it read-only."""

import json
from collections.abc import Mapping
from typing import Any

from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.stack.chart import security
from airflow_k8s.stack.settings import names
from dev.e2e.program import Image

_SCRIPT = f"find {names.DATA_PATH} -type f -printf '%P %s\\n' | sort"


def files(kubectl: Kubectl, namespace: str, pod_name: str, image: Image) -> Mapping[str, int]:
    """Path -> size in bytes; the pod is deleted afterwards. Raises CommandError if it fails."""
    scope = ["--namespace", namespace]
    pod = _pod(namespace, pod_name, image)
    kubectl.ask(*scope, "apply", "--filename", "-", stdin=json.dumps(pod))
    try:
        condition = "--for=jsonpath={.status.phase}=Succeeded"
        wait = ["wait", f"pod/{pod_name}", condition, "--timeout=120s"]
        kubectl.ask(*scope, *wait, timeout=130)
        output = kubectl.ask(*scope, "logs", pod_name)
    finally:
        kubectl.ask(*scope, "delete", "pod", pod_name, "--now", "--ignore-not-found")
    lines = [line.rpartition(" ") for line in output.splitlines()]
    return {path: int(size) for path, _, size in lines}


def _pod(namespace: str, name: str, image: Image) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"component": "e2e-list"}},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": security.pod(user=security.AIRFLOW_USER, group=0),
            "containers": [
                {
                    "name": "list",
                    "image": str(image),
                    "command": ["sh", "-ec", _SCRIPT],
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "16Mi"},
                        "limits": {"memory": "64Mi"},
                    },
                    "securityContext": security.container(),
                    "volumeMounts": [
                        {"name": "data", "mountPath": names.DATA_PATH, "readOnly": True}
                    ],
                }
            ],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": names.DATA_CLAIM}}],
        },
    }
