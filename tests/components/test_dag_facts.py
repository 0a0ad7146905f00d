"""The facts for DAGs; tests/dags tests how DAGs use them."""

import json
from typing import Any

from airflow_k8s.rendering.resources import Evaluation
from tests.conftest import evaluated


def facts(evaluation: Evaluation) -> dict[str, Any]:
    config_map = evaluation["dags-facts"].inputs
    assert config_map["metadata"]["name"] == "airflow-dag-facts"
    (text,) = config_map["data"].values()
    return json.loads(text)


def test_the_facts_of_prod(prod: Evaluation) -> None:
    found = facts(prod)
    contexts = found.pop("securityContext")
    assert contexts["pod"]["runAsNonRoot"] is True
    assert contexts["container"]["allowPrivilegeEscalation"] is False
    assert found == {
        "namespace": "airflow",
        "serviceAccount": "airflow-task",
        "imagePullSecrets": [],
        "data": {
            "claim": "airflow-data-pvc",
            "path": "/data",
            "labels": {"airflow-platform/data": "airflow-data-pvc"},
            "affinity": {},
        },
        "secrets": {
            "apiKey": {"name": "api-secrets", "key": "api-key"},
            "pipelineDatabaseUrl": {"name": "pipeline-database", "key": "url"},
        },
        "images": {
            "processor": "your-repo/data-processor:1.0.0",
            "validator": "your-repo/data-validator:1.0.0",
        },
        "s3Bucket": "your-org-data",
        "sizes": {
            "heavy": {
                "requests": {"cpu": "2", "memory": "4Gi"},
                "limits": {"cpu": "4", "memory": "8Gi"},
            },
            "light": {
                "requests": {"cpu": "250m", "memory": "512Mi"},
                "limits": {"cpu": "500m", "memory": "1Gi"},
            },
        },
        "gpu": {
            "resource": "nvidia.com/gpu",
            "nodeSelector": {"accelerator": "nvidia-tesla-v100"},
            "tolerations": [
                {
                    "key": "nvidia.com/gpu",
                    "operator": "Equal",
                    "value": "present",
                    "effect": "NoSchedule",
                }
            ],
        },
        "retryDelaySeconds": 300,
    }


def test_a_stack_without_gpu_nodes_has_no_facts_about_them(dev: Evaluation) -> None:
    assert facts(dev)["gpu"] is None


def test_a_changed_setting_changes_only_its_own_line() -> None:
    def lines(**changes: Any) -> list[str]:
        (text,) = evaluated("dev", **changes)["dags-facts"].inputs["data"].values()
        return text.splitlines()

    before, after = lines(), lines(pipeline={"s3Bucket": "another"})
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ['  "s3Bucket": "another",']


def test_the_facts_contain_no_secret(stack: Evaluation) -> None:
    text = json.dumps(facts(stack))
    assert "not-shown" not in text
    assert "[secret]" not in text
