"""What DAGs need to know of the platform, written in one place for all of them."""

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
    """What is told, and where."""

    namespace: pulumi.Input[str]
    facts: Mapping[str, Any]  # as JSON knows it; no secret


class DagFacts(pulumi.ComponentResource):
    """A ConfigMap that the DAG processor and every worker pod mount; `dags/airflow_platform.py`
    reads it.

    Not an environment variable: a changed file reaches a running DAG processor within a minute or
    two, and nothing has to roll.
    """

    config_map: pulumi.Output[str]

    def __init__(
        self, name: str, args: DagFactsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:DagFacts", name, None, opts)

        made = k8s.core.v1.ConfigMap(
            f"{name}-facts",
            metadata={
                "name": names.DAG_FACTS,
                "namespace": args.namespace,
                "labels": labels("airflow", "dags"),
            },
            data={names.DAG_FACTS_FILE: json.dumps(args.facts, indent=2) + "\n"},
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.config_map = made.metadata["name"]
        self.register_outputs({"config_map": self.config_map})


def facts(s: Settings) -> dict[str, Any]:
    """The facts of a stack: names, sizes and places, in Kubernetes' own spelling."""
    return {
        "namespace": s.namespace,
        "serviceAccount": names.TASK_ACCOUNT,
        "imagePullSecrets": list(s.image.pull_secrets),
        "securityContext": {
            "pod": security.pod(user=security.AIRFLOW_USER, group=0),
            "container": security.container(read_only=False),
        },
        "data": {
            "claim": names.DATA_CLAIM,
            "path": names.DATA_PATH,
            "labels": data_volume.LABELS,
            "affinity": data_volume.affinity(s),
        },
        "secrets": {
            "apiKey": _key(names.api_key(s.secrets)),
            "pipelineDatabaseUrl": _key(names.pipeline_database_url(s.secrets)),
        },
        "images": {
            "processor": s.image.pulled_from(s.pipeline.processor_image),
            "validator": s.image.pulled_from(s.pipeline.validator_image),
        },
        "s3Bucket": s.pipeline.s3_bucket,
        "sizes": {"heavy": s.tasks.heavy.spec(), "light": s.tasks.light.spec()},
        "gpu": None
        if s.gpu.mode == "none"
        else {
            "resource": names.GPU,
            "nodeSelector": {s.gpu.label.key: s.gpu.label.value},
            "tolerations": [toleration(s.gpu.taint)],
        },
        "retryDelaySeconds": s.tasks.retry_delay_seconds,
    }


def _key(key: SecretKey) -> dict[str, str]:
    return {"name": key.secret, "key": key.key}
