"""The claims that outlive pods."""

from typing import Any

import pytest

from airflow_k8s.rendering.resources import Evaluation
from tests.conftest import evaluated


def spec(evaluation: Evaluation, name: str) -> dict[str, Any]:
    return evaluation[name].inputs["spec"]


def test_the_data_claim_of_prod_is_for_pods_on_every_node(prod: Evaluation) -> None:
    assert spec(prod, "data-claim") == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "100Gi"}},
    }


def test_a_storage_class_is_asked_for_by_name_and_checked_beforehand() -> None:
    evaluation = evaluated("dev", data={"storageClass": "fast"})
    assert spec(evaluation, "data-claim")["storageClassName"] == "fast"
    assert evaluation["prerequisites-storage-class-fast"].read == "fast"


@pytest.mark.parametrize("name", ["data-claim", "logs-claim", "database-volume-claim"])
def test_no_class_is_not_the_empty_class(dev: Evaluation, name: str) -> None:
    assert "storageClassName" not in spec(dev, name)


def test_logs_in_a_bucket_need_no_claim() -> None:
    logs = {"store": "remote", "folder": "s3://bucket/airflow"}
    names = {r.name for r in evaluated("dev", logs=logs).resources}
    assert "data-claim" in names
    assert "logs-claim" not in names
