"""The platform for DAG authors: facts that the Pulumi program wrote, and arguments for pods.

    from airflow_platform import platform

    here = platform()
    KubernetesPodOperator(task_id="mine", image="…", **here.pod("light"))

A DAG names no namespace, claim, Secret, node or size, so it needs no edit if the platform changes.
Call `platform()` in the DAG's file: it takes less than a millisecond, and every time Airflow parses
the file it reads the current facts.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypedDict

from kubernetes.client import models as k8s

FACTS = "AIRFLOW_PLATFORM_FACTS"
"""The environment variable with the path of the facts, if they are not at the default path."""
_DEFAULT_PATH = "/opt/airflow/platform/facts.json"

Size = Literal["light", "heavy"]

TERMINATION_GRACE = 15
"""Seconds between the request to end a task's pod and its forced end.

This is less than any retry delay that the platform allows. Otherwise a retry could find the pod of
the previous try, and would wait for a pod that is terminating."""
LOGGING_INTERVAL = 120
"""Seconds after which a worker pod fetches the log of a task that is still running."""
STARTUP_TIMEOUT = 900
"""Seconds for a node to start and for the image to be pulled."""


class Pod(TypedDict):
    """The arguments of a KubernetesPodOperator that the platform decides."""

    in_cluster: bool
    namespace: str
    service_account_name: str
    automount_service_account_token: bool
    image_pull_secrets: list[k8s.V1LocalObjectReference]
    security_context: dict[str, Any]
    container_security_context: dict[str, Any]
    xcom_sidecar_container_security_context: dict[str, Any]
    container_resources: k8s.V1ResourceRequirements
    labels: dict[str, str]
    volumes: list[k8s.V1Volume]
    volume_mounts: list[k8s.V1VolumeMount]
    affinity: Any
    node_selector: dict[str, str]
    tolerations: list[k8s.V1Toleration]
    termination_grace_period: int
    startup_timeout_seconds: int
    schedule_timeout_seconds: int
    deferrable: bool
    logging_interval: int
    on_finish_action: str


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The facts of the stack that a DAG runs on."""

    facts: Mapping[str, Any]

    @property
    def has_gpus(self) -> bool:
        """Whether a task can request a GPU."""
        return self.facts["gpu"] is not None

    @property
    def s3_bucket(self) -> str:
        """The bucket that the pipeline's tasks get as S3_BUCKET."""
        return str(self.facts["s3Bucket"])

    @property
    def data_path(self) -> str:
        """The path at which the shared data volume is mounted."""
        return str(self.facts["data"]["path"])

    @property
    def retry_delay(self) -> timedelta:
        """The time between a task's failure and its retry."""
        return timedelta(seconds=self.facts["retryDelaySeconds"])

    def image(self, name: Literal["processor", "validator"]) -> str:
        """The pipeline's image of that name."""
        return str(self.facts["images"][name])

    def api_key(self, variable: str = "API_KEY") -> k8s.V1EnvVar:
        """An environment variable with the API key.

        The kubelet sets it from a Secret, so the key is in no DAG and no log.
        """
        return self._secret(variable, "apiKey")

    def database_url(self, variable: str = "DATABASE_URL") -> k8s.V1EnvVar:
        """An environment variable with the URL of the pipeline's database, also from a Secret."""
        return self._secret(variable, "pipelineDatabaseUrl")

    def pod(
        self,
        size: Size = "light",
        *,
        gpus: int = 0,
        data: bool = True,
        labels: Mapping[str, str] | None = None,
    ) -> Pod:
        """The arguments that define where and how a KubernetesPodOperator's pod runs.

        `gpus` schedules the pod on a GPU node. `data` mounts the shared data volume.

        The task is deferrable: the executor's worker pod ends while this pod works. The log arrives
        every LOGGING_INTERVAL seconds and at the end. The kubelet enforces
        `active_deadline_seconds`, also while Airflow is unavailable.

        To change an argument: `**(here.pod() | {"logging_interval": 30})`.
        Raises ValueError if a GPU is requested and the stack has none.
        """
        contexts = self.facts["securityContext"]
        return {
            # Without this the triggerer looks for a kubeconfig, and the task is not deferred.
            "in_cluster": True,
            "namespace": self.facts["namespace"],
            "service_account_name": self.facts["serviceAccount"],
            "automount_service_account_token": False,
            "image_pull_secrets": [
                k8s.V1LocalObjectReference(name=name) for name in self.facts["imagePullSecrets"]
            ],
            "security_context": contexts["pod"],
            "container_security_context": contexts["container"],
            "xcom_sidecar_container_security_context": contexts["container"],
            "container_resources": self._resources(size, gpus),
            "labels": {
                "app.kubernetes.io/component": "task",
                "app.kubernetes.io/part-of": "airflow-platform",
            }
            | (self.facts["data"]["labels"] if data else {})
            | dict(labels or {}),
            "volumes": [self._volume()] if data else [],
            "volume_mounts": [self._mount()] if data else [],
            "affinity": self.facts["data"]["affinity"] if data else {},
            "node_selector": self._node_selector(gpus),
            "tolerations": self._tolerations(gpus),
            "termination_grace_period": TERMINATION_GRACE,
            "startup_timeout_seconds": STARTUP_TIMEOUT,
            "schedule_timeout_seconds": STARTUP_TIMEOUT,
            "deferrable": True,
            "logging_interval": LOGGING_INTERVAL,
            "on_finish_action": "delete_pod",
        }

    def worker(self, size: Size = "light", *, gpus: int = 0) -> dict[str, k8s.V1Pod]:
        """The `executor_config` of a @task, which sets the size of its worker pod.

        Every worker pod has the shared data volume, API_KEY and DATABASE_URL. Unlike the worker pod
        of a KubernetesPodOperator this one uses the tasks' service account, which has no token for
        the cluster. Raises ValueError if a GPU is requested and the stack has none.
        """
        return {
            "pod_override": k8s.V1Pod(
                spec=k8s.V1PodSpec(
                    containers=[
                        k8s.V1Container(name="base", resources=self._resources(size, gpus))
                    ],
                    service_account_name=self.facts["serviceAccount"],
                    automount_service_account_token=False,
                    node_selector=self._node_selector(gpus) or None,
                    tolerations=self._tolerations(gpus) or None,
                )
            )
        }

    def _secret(self, variable: str, fact: str) -> k8s.V1EnvVar:
        key = k8s.V1SecretKeySelector(**self.facts["secrets"][fact])
        return k8s.V1EnvVar(name=variable, value_from=k8s.V1EnvVarSource(secret_key_ref=key))

    def _resources(self, size: Size, gpus: int) -> k8s.V1ResourceRequirements:
        resources = self.facts["sizes"][size]
        gpu_limit = {self._gpu()["resource"]: str(gpus)} if gpus else {}
        return k8s.V1ResourceRequirements(
            requests=dict(resources["requests"]), limits=resources["limits"] | gpu_limit
        )

    def _volume(self) -> k8s.V1Volume:
        claim = k8s.V1PersistentVolumeClaimVolumeSource(claim_name=self.facts["data"]["claim"])
        return k8s.V1Volume(name="data", persistent_volume_claim=claim)

    def _mount(self) -> k8s.V1VolumeMount:
        return k8s.V1VolumeMount(name="data", mount_path=self.data_path)

    def _node_selector(self, gpus: int) -> dict[str, str]:
        return dict(self._gpu()["nodeSelector"]) if gpus else {}

    def _tolerations(self, gpus: int) -> list[k8s.V1Toleration]:
        return (
            [k8s.V1Toleration(**toleration) for toleration in self._gpu()["tolerations"]]
            if gpus
            else []
        )

    def _gpu(self) -> Mapping[str, Any]:
        if self.facts["gpu"] is None:
            raise ValueError(
                "this stack has no GPU nodes; check `has_gpus` before you create the task"
            )
        return self.facts["gpu"]


def platform(file: Path | None = None) -> Platform:
    """The platform that this code runs on, or the one whose facts are in `file`.

    Raises OSError if the file with the facts can't be read.
    """
    path = file or Path(os.environ.get(FACTS, _DEFAULT_PATH))
    return Platform(facts=json.loads(path.read_text(encoding="utf-8")))
