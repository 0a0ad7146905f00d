"""The claims of the platform."""

from typing import Any

import pytest

from airflow_k8s.rendering.resources import Evaluation
from tests.conftest import evaluated


def spec(evaluation: Evaluation, name: str) -> dict[str, Any]:
    return evaluation[name].inputs["spec"]


def test_the_data_claim_of_prod_can_be_mounted_on_every_node(prod: Evaluation) -> None:
    assert spec(prod, "data-claim") == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "100Gi"}},
    }


def test_a_named_storage_class_is_requested_and_read_before() -> None:
    evaluation = evaluated("dev", data={"storageClass": "fast"})
    assert spec(evaluation, "data-claim")["storageClassName"] == "fast"
    assert evaluation["prerequisites-storage-class-fast"].read == "fast"


@pytest.mark.parametrize("name", ["data-claim", "logs-claim", "database-volume-claim"])
def test_a_claim_without_a_storage_class_does_not_have_an_empty_one(
    dev: Evaluation, name: str
) -> None:
    assert "storageClassName" not in spec(dev, name)


def test_a_stack_with_logs_in_a_bucket_has_no_log_claim() -> None:
    logs = {"store": "remote", "folder": "s3://bucket/airflow"}
    names = {r.name for r in evaluated("dev", logs=logs).resources}
    assert "data-claim" in names
    assert "logs-claim" not in names
