"""The pods of an object: their containers, requests and references."""

from fractions import Fraction
from typing import Any

from airflow_k8s.kube.pods import pods_of
from airflow_k8s.kube.references import Reference


def deployment(**spec: Any) -> dict[str, Any]:
    containers = spec.pop("containers", [{"name": "a", "image": "a:1"}])
    return {
        "kind": "Deployment",
        "spec": {"replicas": 2, "template": {"spec": {"containers": containers, **spec}}},
    }


def container(cpu: str, memory: str) -> dict[str, Any]:
    return {
        "name": "a",
        "image": "a:1",
        "resources": {"requests": {"cpu": cpu, "memory": memory}},
    }


def test_an_object_of_another_kind_has_no_pods() -> None:
    assert pods_of({"kind": "ConfigMap"}) is None


def test_the_request_of_a_pod_is_the_sum_of_its_containers() -> None:
    pods = pods_of(deployment(containers=[container("1", "1Gi"), container("500m", "1Gi")]))
    assert pods
    assert pods.request("cpu") == Fraction(3, 2)
    assert pods.request("memory") == 2 * 1024**3


def test_the_request_of_a_pod_is_that_of_its_largest_init_container_if_that_is_more() -> None:
    pods = pods_of(
        deployment(
            containers=[container("1", "1Gi")],
            initContainers=[container("2", "1Mi"), container("3", "2Mi")],
        )
    )
    assert pods
    assert pods.request("cpu") == 3
    assert pods.request("memory") == 1024**3


def test_the_request_of_a_sidecar_is_added_to_later_containers() -> None:
    sidecar = container("2", "1Gi") | {"restartPolicy": "Always"}
    pods = pods_of(
        deployment(
            containers=[container("1", "1Gi")],
            initContainers=[sidecar, container("4", "1Mi")],
        )
    )
    assert pods
    assert pods.request("cpu") == 6
    assert pods.request("memory") == 2 * 1024**3


def test_a_limit_without_a_request_is_the_request() -> None:
    limited = {"name": "a", "image": "a", "resources": {"limits": {"cpu": "2"}}}
    pods = pods_of(deployment(containers=[limited]))
    assert pods
    assert pods.request("cpu") == 2


def test_a_deployment_without_replicas_has_one() -> None:
    manifest = deployment()
    manifest["spec"]["replicas"] = None
    pods = pods_of(manifest)
    assert pods
    assert pods.replicas == 1


def test_the_references_of_pods_are_distinct_secrets_and_claims() -> None:
    key = {"secretKeyRef": {"name": "login", "key": "password"}}
    variable = {"name": "P", "valueFrom": key}
    pods = pods_of(
        deployment(
            imagePullSecrets=[{"name": "registry"}],
            volumes=[
                {"name": "a", "persistentVolumeClaim": {"claimName": "data"}},
                {"name": "b", "configMap": {"name": "not-reported"}},
            ],
            initContainers=[{"name": "i", "image": "i:1", "env": [variable]}],
            containers=[{"name": "a", "image": "a:1", "env": [variable]}],
        )
    )
    assert pods
    assert pods.references == [
        Reference(kind="Secret", name="registry"),
        Reference(kind="PersistentVolumeClaim", name="data"),
        Reference(kind="Secret", name="login", key="password"),
    ]


def test_a_cron_job_has_no_replicas() -> None:
    inner = {"template": {"spec": {"containers": [container("1", "1Gi")]}}}
    pods = pods_of({"kind": "CronJob", "spec": {"jobTemplate": {"spec": inner}}})
    assert pods
    assert pods.replicas == 0
