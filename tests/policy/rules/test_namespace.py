"""The rules for the namespace, its quota, and names that users and DAGs depend on."""

from dataclasses import replace
from typing import Any

import pytest

from airflow_k8s.policy.rules import namespace
from airflow_k8s.rendering.manifests import CHART, Object
from tests.policy.samples import (
    claim,
    container,
    findings_of,
    made,
    mounted,
    pod,
    release,
    scope,
    secret,
)


def places(*objects: Object, **settings: Any) -> list[str]:
    return findings_of(namespace.all_in_one_namespace, scope(objects, **settings))


def test_an_object_in_another_namespace_is_a_finding() -> None:
    assert places(made("ConfigMap", "own", namespace="other")) == [
        "ConfigMap/own: it is in namespace other, the stack's is airflow"
    ], "neither quota nor Pod Security hold there"
    assert not places(made("ConfigMap", "own"))
    assert not places(made("ConfigMap", "own", namespace="data"), namespace="data")


def test_a_namespace_object_of_another_name_is_a_finding() -> None:
    assert places(made("Namespace", "other", namespace="")) == [
        "Namespace/other: it is in namespace other, the stack's is airflow"
    ]
    assert not places(made("Namespace", "airflow", namespace=""))


def test_an_object_without_a_namespace_is_a_finding() -> None:
    assert places(made("ConfigMap", "own", namespace="")) == [
        "ConfigMap/own: it names no namespace, the stack's is airflow"
    ]
    assert not places(made("ConfigMap", "own", namespace="", origin=CHART)), "Helm says where"


@pytest.mark.parametrize(
    "kind",
    [
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "Node",
        "NodePool",
        "PersistentVolume",
        "PriorityClass",
        "StorageClass",
    ],
)
def test_a_cluster_scoped_object_needs_no_namespace(kind: str) -> None:
    assert not places(made(kind, "own", namespace=""))


def limits(*quotas: dict[str, str] | None) -> list[str]:
    objects = [made("ResourceQuota", "own", spec={"hard": hard}) for hard in quotas]
    return findings_of(namespace.quota, scope(objects))


def test_a_namespace_without_a_quota_is_a_finding() -> None:
    assert limits() == [
        "Namespace/airflow: no ResourceQuota limits requests.cpu, requests.memory and limits.memory"
    ], "a DAG that runs wild would take the cluster"
    assert not limits({"requests.cpu": "4", "requests.memory": "8Gi", "limits.memory": "8Gi"})


def test_several_quotas_together_are_accepted() -> None:
    assert not limits({"requests.cpu": "4"}, {"requests.memory": "8Gi", "limits.memory": "8Gi"})
    assert limits({"requests.cpu": "4", "requests.memory": "8Gi"}, None) == [
        "Namespace/airflow: no ResourceQuota limits limits.memory"
    ]


DATA, KEY = claim("airflow-data-pvc"), secret("api-secrets", "api-key")


def names(*objects: Object, inputs: dict[str, Any] | None = None, **settings: Any) -> list[str]:
    resources = [release(**(inputs or {}))]
    return findings_of(namespace.names_as_agreed, scope(objects, resources, **settings))


def test_release_claim_and_key_have_their_fixed_names() -> None:
    assert not names(DATA, KEY)


def test_a_release_with_another_name_is_a_finding() -> None:
    assert names(DATA, KEY, inputs={"name": "flow"}) == [
        "Release/airflow-release: its name is flow, not airflow"
    ], "airflow-api-server would be no host"
    inputs = {key: text for key, text in release().inputs.items() if key != "name"}
    unnamed = replace(release(), inputs=inputs)
    assert findings_of(namespace.names_as_agreed, scope([DATA, KEY], [unnamed])) == [
        "Release/airflow-release: its name is generated, not airflow"
    ]


def test_the_name_of_another_resource_does_not_matter() -> None:
    provider = replace(release(name="cluster"), type="pulumi:providers:kubernetes")
    assert not findings_of(namespace.names_as_agreed, scope([DATA, KEY], [release(), provider]))


def test_a_missing_data_claim_is_a_finding() -> None:
    assert names(claim("data"), KEY) == [
        "PersistentVolumeClaim/airflow-data-pvc: the stack does not declare it"
    ]


def test_a_missing_api_key_is_a_finding() -> None:
    assert names(DATA) == ["Secret/api-secrets: it has no key api-key"]
    assert names(DATA, secret("api-secrets", "key")) == [
        "Secret/api-secrets: it has no key api-key"
    ]
    assert names(DATA, secret("other", "api-key")) == ["Secret/api-secrets: it has no key api-key"]


def test_an_existing_api_key_is_accepted() -> None:
    assert not names(DATA, secrets={"apiKey": {"existing": "own"}})


def worker(
    path: str = "/data", volume: str = "volume", claimed: str = "airflow-data-pvc"
) -> Object:
    one = container(volumeMounts=[{"name": volume, "mountPath": path}])
    return pod(part="task pod", containers=[one], volumes=[mounted(claimed)])


def test_a_worker_pod_without_the_data_mount_is_a_finding() -> None:
    lost = "task pod: airflow-data-pvc is not mounted at /data"
    assert not names(DATA, KEY, worker())
    assert names(DATA, KEY, worker(path="/mnt")) == [lost]
    assert names(DATA, KEY, worker(claimed="airflow-logs")) == [lost]
    assert names(DATA, KEY, worker(volume="other")) == [lost]
    assert names(DATA, KEY, pod(part="task pod")) == [lost]


def test_a_pod_that_a_task_starts_needs_no_data_mount() -> None:
    assert not names(DATA, KEY, pod())
