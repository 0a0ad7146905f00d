"""The service account of task pods."""

from airflow_k8s.rendering.resources import Evaluation
from tests.conftest import evaluated


def test_the_service_account_of_tasks_has_no_token(stack: Evaluation) -> None:
    account = stack["tasks-account"].inputs
    assert account["metadata"]["name"] == "airflow-task"
    assert account["metadata"]["namespace"] == "airflow"
    assert account["automountServiceAccountToken"] is False


def test_the_service_account_of_tasks_has_the_cloud_identity() -> None:
    annotations = {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/airflow"}
    account = evaluated("dev", serviceAccountAnnotations=annotations)["tasks-account"]
    assert account.inputs["metadata"]["annotations"] == annotations
