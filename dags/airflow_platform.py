"""The platform as DAGs see it: what the Pulumi program wrote, and pods made of it.

    from airflow_platform import platform

    here = platform()
    KubernetesPodOperator(task_id="mine", image="…", **here.pod("light"))

So no DAG names a namespace, a claim, a Secret, a node or a size: when the platform changes, the
DAGs follow without an edit. Reading takes well under a millisecond; do it in the DAG's file, where
each parse finds what is there now.
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
"""The variable that says where the facts are, where they are not at their place in the image."""
_FACTS_IN_THE_IMAGE = "/opt/airflow/platform/facts.json"

Size = Literal["light", "heavy"]

TERMINATION_GRACE = 15
"""Seconds that a task's pod has after it was told to end. Less than any retry delay that the
platform allows: a retry that finds the pod of the try before would wait for one that is ending."""
LOGGING_INTERVAL = 120
"""Seconds after which a worker pod comes back for the log of a task that is still running."""
STARTUP_TIMEOUT = 900
"""Seconds for a node to come up and the image to be pulled."""


class Pod(TypedDict):
    """What a KubernetesPodOperator takes, as far as it is the platform's business."""

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
        """Whether a task may ask for one."""
        return self.facts["gpu"] is not None

    @property
    def s3_bucket(self) -> str:
        """The bucket that the pipeline's tasks read as S3_BUCKET."""
        return str(self.facts["s3Bucket"])

    @property
    def data_path(self) -> str:
        """Where the volume that tasks share is mounted."""
        return str(self.facts["data"]["path"])

    @property
    def retry_delay(self) -> timedelta:
        """How long after a failure a task is tried again."""
        return timedelta(seconds=self.facts["retryDelaySeconds"])

    def image(self, name: Literal["processor", "validator"]) -> str:
        """The pipeline's image of that name."""
        return str(self.facts["images"][name])

    def api_key(self, variable: str = "API_KEY") -> k8s.V1EnvVar:
        """The API key, as a variable that the kubelet fills: its text is in no DAG and no log."""
        return self._secret(variable, "apiKey")

    def database_url(self, variable: str = "DATABASE_URL") -> k8s.V1EnvVar:
        """The address of the tasks' own database, filled likewise."""
        return self._secret(variable, "pipelineDatabaseUrl")

    def pod(
        self,
        size: Size = "light",
        *,
        gpus: int = 0,
        data: bool = True,
        labels: Mapping[str, str] | None = None,
    ) -> Pod:
        """Where and how a KubernetesPodOperator's pod runs.

        `gpus` sends it to the GPU nodes; `data` mounts the volume that tasks share. The executor's
        worker pod goes while this one works (deferrable): its log arrives every LOGGING_INTERVAL
        and at the end, and `active_deadline_seconds`, which the kubelet counts, ends it also when
        Airflow is away. To change an argument: `**(here.pod() | {"logging_interval": 30})`.
        Raises ValueError for a GPU where the stack has none.
        """
        contexts = self.facts["securityContext"]
        return {
            # Unsaid, the triggerer looks for a kubeconfig and gives the task back at once.
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
        """The `executor_config` of a @task: the executor's worker pod, made that large.

        It has the shared volume, API_KEY and DATABASE_URL by itself. Unlike the worker pod of a
        KubernetesPodOperator it runs under the tasks' account, which has no token for the cluster.
        Raises ValueError for a GPU where the stack has none.
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
        asked = self.facts["sizes"][size]
        more = {self._gpu()["resource"]: str(gpus)} if gpus else {}
        return k8s.V1ResourceRequirements(
            requests=dict(asked["requests"]), limits=asked["limits"] | more
        )

    def _volume(self) -> k8s.V1Volume:
        claim = k8s.V1PersistentVolumeClaimVolumeSource(claim_name=self.facts["data"]["claim"])
        return k8s.V1Volume(name="data", persistent_volume_claim=claim)

    def _mount(self) -> k8s.V1VolumeMount:
        return k8s.V1VolumeMount(name="data", mount_path=self.data_path)

    def _node_selector(self, gpus: int) -> dict[str, str]:
        return dict(self._gpu()["nodeSelector"]) if gpus else {}

    def _tolerations(self, gpus: int) -> list[k8s.V1Toleration]:
        return [k8s.V1Toleration(**each) for each in self._gpu()["tolerations"]] if gpus else []

    def _gpu(self) -> Mapping[str, Any]:
        if self.facts["gpu"] is None:
            raise ValueError("this stack has no GPU nodes; ask `has_gpus` before making the task")
        return self.facts["gpu"]


def platform(file: Path | None = None) -> Platform:
    """The platform that this code runs on, or the one whose facts are in the file.

    Raises OSError, with the file's name, where there are none.
    """
    where = file or Path(os.environ.get(FACTS, _FACTS_IN_THE_IMAGE))
    return Platform(facts=json.loads(where.read_text(encoding="utf-8")))
