"""Task pods as the platform's users would start them. Pure: manifests out.

They run nothing: the question is whether the cluster takes them, and where to.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chart import security
from components.gpu_node_pool import toleration
from render.documents import document
from settings import names
from settings.model import Resources, Settings

_GPU = "nvidia.com/gpu"
_NOTHING = ["bash", "-c", "true"]


@dataclass(frozen=True, kw_only=True)
class TaskPod:
    """A pod to try, and what should become of it."""

    name: str
    manifest: Mapping[str, Any]
    expected: Literal["runs", "pending"] = "runs"


def task_pods(s: Settings, template: str) -> list[TaskPod]:
    """The executor's worker pod, made of its template, and a light, a heavy and a GPU task.

    Where the stack has GPU nodes, also a pod that asks for them but lacks the toleration: it has to
    stay off them.
    """
    pods = [
        TaskPod(name="worker pod", manifest=worker_pod(s, template)),
        TaskPod(name="light task", manifest=task_pod(s, "light-task", s.tasks.light)),
        TaskPod(name="heavy task", manifest=task_pod(s, "heavy-task", s.tasks.heavy)),
    ]
    if s.gpu.mode != "none":
        there = {"nodeSelector": {s.gpu.label.key: s.gpu.label.value}}
        tolerant = there | {"tolerations": [toleration(s.gpu.taint)]}
        pods += [
            TaskPod(
                name="GPU task",
                manifest=task_pod(s, "gpu-task", s.tasks.light, gpus=1, spec=tolerant),
            ),
            TaskPod(
                name="GPU nodes, no toleration",
                manifest=task_pod(s, "plain-pod", s.tasks.light, spec=there),
                expected="pending",
            ),
        ]
    return pods


def worker_pod(s: Settings, template: str) -> dict[str, Any]:
    """As the KubernetesExecutor makes it: the template with a name, labels and arguments.

    airflow.providers.cncf.kubernetes.pod_generator.PodGenerator.construct_pod
    """
    pod = copy.deepcopy(document(template))
    pod["metadata"] = {
        **pod["metadata"],
        "name": "rehearsal-worker",
        "namespace": s.namespace,
        "labels": {
            **pod["metadata"].get("labels", {}),
            "dag_id": "rehearsal",
            "task_id": "rehearsal",
            "kubernetes_executor": "True",
        },
    }
    pod["spec"]["containers"][0]["args"] = _NOTHING
    return pod


def task_pod(
    s: Settings,
    name: str,
    resources: Resources,
    *,
    gpus: int = 0,
    spec: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A KubernetesPodOperator's pod: the shared volume, the task's secrets, its own resources."""
    asked = resources.spec()
    if gpus:
        asked = {**asked, "limits": {**asked["limits"], _GPU: str(gpus)}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"rehearsal-{name}",
            "namespace": s.namespace,
            "labels": {"app.kubernetes.io/component": "task"},
        },
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": security.pod(user=security.AIRFLOW_USER, group=0),
            "imagePullSecrets": [{"name": each} for each in s.image.pull_secrets],
            "containers": [
                {
                    "name": "base",
                    "image": f"{s.image.repository}:{s.image.tag}",
                    "args": _NOTHING,
                    "resources": asked,
                    "securityContext": security.container(),
                    "env": [
                        names.api_key(s.secrets).env("API_KEY"),
                        names.pipeline_database_url(s.secrets).env("DATABASE_URL"),
                    ],
                    "volumeMounts": [{"name": "data", "mountPath": names.DATA_PATH}],
                }
            ],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": names.DATA_CLAIM}}],
            **(spec or {}),
        },
    }
