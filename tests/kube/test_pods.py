"""What a pod template says."""

from fractions import Fraction
from typing import Any

from airflow_k8s.kube.pods import Reference, pods_of


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


def test_what_has_no_pods_has_none() -> None:
    assert pods_of({"kind": "ConfigMap"}) is None


def test_a_pod_asks_for_its_containers_together() -> None:
    pods = pods_of(deployment(containers=[container("1", "1Gi"), container("500m", "1Gi")]))
    assert pods
    assert pods.request("cpu") == Fraction(3, 2)
    assert pods.request("memory") == 2 * 1024**3


def test_or_for_a_larger_one_that_runs_before_them() -> None:
    pods = pods_of(
        deployment(
            containers=[container("1", "1Gi")],
            initContainers=[container("2", "1Mi"), container("3", "2Mi")],
        )
    )
    assert pods
    assert pods.request("cpu") == 3
    assert pods.request("memory") == 1024**3


def test_a_sidecar_stays_beside_whatever_comes_after_it() -> None:
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


def test_a_limit_without_a_request_is_one() -> None:
    limited = {"name": "a", "image": "a", "resources": {"limits": {"cpu": "2"}}}
    pods = pods_of(deployment(containers=[limited]))
    assert pods
    assert pods.request("cpu") == 2


def test_replicas_that_are_not_said_are_one() -> None:
    manifest = deployment()
    manifest["spec"]["replicas"] = None
    pods = pods_of(manifest)
    assert pods
    assert pods.replicas == 1


def test_every_secret_and_claim_that_a_pod_needs_is_found_once() -> None:
    key = {"secretKeyRef": {"name": "login", "key": "password"}}
    pods = pods_of(
        deployment(
            imagePullSecrets=[{"name": "registry"}],
            volumes=[
                {"name": "a", "persistentVolumeClaim": {"claimName": "data"}},
                {"name": "b", "secret": {"secretName": "cert"}},
                {"name": "c", "emptyDir": {}},
                {"name": "d", "secret": {"secretName": "maybe", "optional": True}},
                {
                    "name": "e",
                    "projected": {
                        "sources": [
                            {"secret": {"name": "part", "items": [{"key": "k", "path": "p"}]}},
                            {"serviceAccountToken": {"path": "token"}},
                        ]
                    },
                },
            ],
            initContainers=[
                {"name": "i", "image": "i:1", "env": [{"name": "P", "valueFrom": key}]}
            ],
            containers=[
                {
                    "name": "a",
                    "image": "a:1",
                    "env": [{"name": "P", "valueFrom": key}, {"name": "Q", "value": "q"}],
                    "envFrom": [
                        {"secretRef": {"name": "all"}},
                        {"secretRef": {"name": "some", "optional": True}},
                        {"configMapRef": {"name": "no"}},
                    ],
                }
            ],
        )
    )
    assert pods
    assert set(pods.references) == {
        Reference(kind="Secret", name="registry"),
        Reference(kind="Claim", name="data"),
        Reference(kind="Secret", name="cert"),
        Reference(kind="Secret", name="login", key="password"),
        Reference(kind="Secret", name="all"),
        Reference(kind="Secret", name="maybe", optional=True),
        Reference(kind="Secret", name="part", key="k"),
        Reference(kind="Secret", name="some", optional=True),
    }
    assert len(pods.references) == 8


def test_a_cron_job_runs_no_pod_while_it_waits() -> None:
    inner = {"template": {"spec": {"containers": [container("1", "1Gi")]}}}
    pods = pods_of({"kind": "CronJob", "spec": {"jobTemplate": {"spec": inner}}})
    assert pods
    assert pods.replicas == 0
