"""The facts about the platform that DAGs need, in one ConfigMap."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.chart import data_volume, security
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.names import SecretKey
from components.gpu_node_pool import toleration
from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class DagFactsArgs:
    """The facts, and the namespace of their ConfigMap."""

    namespace: pulumi.Input[str]
    facts: Mapping[str, Any]  # JSON data without secrets


class DagFacts(pulumi.ComponentResource):
    """A ConfigMap that the DAG processor and every worker pod mount; `dags/airflow_platform.py`
    reads it.

    It is not an environment variable, because a changed file reaches a running DAG processor within
    a minute or two, without a restart.
    """

    config_map: pulumi.Output[str]

    def __init__(
        self, name: str, args: DagFactsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:DagFacts", name, None, opts)

        config_map = k8s.core.v1.ConfigMap(
            f"{name}-facts",
            metadata={
                "name": names.DAG_FACTS,
                "namespace": args.namespace,
                "labels": labels("airflow", "dags"),
            },
            data={names.DAG_FACTS_FILE: json.dumps(args.facts, indent=2) + "\n"},
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.config_map = config_map.metadata["name"]
        self.register_outputs({"config_map": self.config_map})


def facts(settings: Settings) -> dict[str, Any]:
    """The facts of a stack: names, sizes and paths, in the spelling of Kubernetes."""
    return {
        "namespace": settings.namespace,
        "serviceAccount": names.TASK_ACCOUNT,
        "imagePullSecrets": list(settings.image.pull_secrets),
        "securityContext": {
            "pod": security.pod(user=security.AIRFLOW_USER, group=0),
            "container": security.container(read_only=False),
        },
        "data": {
            "claim": names.DATA_CLAIM,
            "path": names.DATA_PATH,
            "labels": data_volume.LABELS,
            "affinity": data_volume.affinity(settings),
        },
        "secrets": {
            "apiKey": _key(names.api_key(settings.secrets)),
            "pipelineDatabaseUrl": _key(names.pipeline_database_url(settings.secrets)),
        },
        "images": {
            "processor": settings.image.pulled_from(settings.pipeline.processor_image),
            "validator": settings.image.pulled_from(settings.pipeline.validator_image),
        },
        "s3Bucket": settings.pipeline.s3_bucket,
        "sizes": {"heavy": settings.tasks.heavy.spec(), "light": settings.tasks.light.spec()},
        "gpu": None
        if settings.gpu.mode == "none"
        else {
            "resource": names.GPU,
            "nodeSelector": {settings.gpu.label.key: settings.gpu.label.value},
            "tolerations": [toleration(settings.gpu.taint)],
        },
        "retryDelaySeconds": settings.tasks.retry_delay_seconds,
    }


def _key(key: SecretKey) -> dict[str, str]:
    return {"name": key.secret, "key": key.key}
