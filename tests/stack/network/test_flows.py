"""The connections that the NetworkPolicies of a stack allow, judged by the rules of Kubernetes."""

from typing import Any

import pytest

from airflow_k8s.kube import network_policy
from airflow_k8s.kube.network_policy import Endpoint
from airflow_k8s.stack.network import flows, policies
from airflow_k8s.stack.network.flows import Workload
from airflow_k8s.stack.settings.model import Settings
from tests.conftest import settings_of

OPERATOR = {"namespaces": ["cnpg-system"]}
BUCKET, SERVER, GIT, TASKS, CLOUD = "10.1.0.5", "10.2.0.1", "10.3.0.7", "10.4.0.9", "10.5.0.3"
# Every outside endpoint has its own range, so that one flow does not allow another one by chance.
ENDPOINTS = {
    "kubernetesApi": {"cidrs": [f"{SERVER}/32"]},
    "git": {"cidrs": [f"{GIT}/32"]},
    "remoteLogs": {"cidrs": [f"{BUCKET}/32"]},
    "taskDatabase": {"cidrs": [f"{TASKS}/32"]},
    "tasks": {"cidrs": [f"{CLOUD}/32"]},
    "ui": {"namespaces": ["ingress-nginx"]},
    "metrics": {"namespaces": ["monitoring"]},
}
WORKLOADS = {
    workload.name: workload
    for workload in vars(flows).values()
    if isinstance(workload, Workload) and workload != flows.CLOUDNATIVE_PG
}


def end(name: str, own: Workload | None = None) -> Endpoint:
    """A pod of the platform, a pod of another namespace (ns:name), or an address."""
    if name in WORKLOADS:
        labels = {**(own or WORKLOADS[name]).labels}
        if name == "worker":
            labels |= flows.TASK.labels  # as in chart/worker_pod.py
        return Endpoint(name=name, namespace="airflow", labels=labels)
    if name.startswith("ns:"):
        return Endpoint(name=name, namespace=name.removeprefix("ns:"))
    if name == "stranger":
        return Endpoint(name=name, namespace="airflow", labels={"app": "stranger"})
    return Endpoint(address=name)


def manifests(settings: Settings) -> list[dict[str, Any]]:
    return [
        {"metadata": {"name": name, "namespace": settings.namespace}, "spec": spec}
        for name, spec in policies.specs(flows.flows(settings)).items()
    ]


def answer(
    settings: Settings, source: str, target: str, port: int, protocol: str = "TCP"
) -> network_policy.Answer:
    own = flows.CLOUDNATIVE_PG if settings.database.mode == "cloudnative-pg" else None

    def endpoint(name: str, own_name: str) -> Endpoint:
        found = end(name, own if name == "database" else None)
        return (
            found
            if source != target
            else Endpoint(name=own_name, namespace=found.namespace, labels=found.labels)
        )

    return network_policy.judge(
        manifests(settings),
        {},
        endpoint(source, "one"),
        endpoint(target, "another"),
        port,
        protocol,
    )


ALLOWED = [
    ("worker", "api-server", 8080),  # the execution API
    ("ns:ingress-nginx", "api-server", 8080),
    ("api-server", "triggerer", 8794),
    ("api-server", SERVER, 443),
    ("scheduler", SERVER, 443),
    ("triggerer", SERVER, 6443),
    ("worker", SERVER, 443),
    ("cleanup", SERVER, 443),
    *((source, "database", 5432) for source in ("api-server", "scheduler", "dag-processor")),
    *((source, "database", 5432) for source in ("triggerer", "migration", "admin-user")),
    ("database-cleanup", "database", 5432),
    *((source, GIT, 443) for source in ("dag-processor", "triggerer", "worker")),
    ("task", TASKS, 5432),
    ("worker", TASKS, 5432),
    ("triggerer", TASKS, 5432),
    ("task", CLOUD, 443),
    ("ns:monitoring", "statsd", 9102),
    *((source, "ns:kube-system", 53) for source in ("api-server", "task", "worker", "migration")),
]
DENIED = [
    ("task", "api-server", 8080),  # only a worker pod uses the execution API
    ("task", "database", 5432),
    ("worker", "database", 5432),
    ("task", SERVER, 443),
    ("task", "worker", 8080),
    ("worker", "worker", 8793),
    ("stranger", "api-server", 8080),
    ("stranger", "database", 5432),
    ("stranger", "ns:kube-system", 53),
    ("stranger", CLOUD, 443),
    ("ns:other", "api-server", 8080),
    ("ns:ingress-nginx", "database", 5432),
    ("ns:ingress-nginx", "api-server", 8794),
    ("ns:monitoring", "api-server", 8080),
    ("ns:other", "statsd", 9102),
    ("ns:kube-system", "triggerer", 8794),
    ("api-server", "scheduler", 8974),
    ("api-server", "triggerer", 8793),
    ("api-server", "database", 22),
    ("api-server", GIT, 443),
    ("scheduler", "api-server", 8080),
    ("scheduler", GIT, 443),
    ("scheduler", CLOUD, 443),
    ("scheduler", "triggerer", 8794),
    ("dag-processor", SERVER, 443),
    ("dag-processor", TASKS, 5432),
    ("dag-processor", "api-server", 8080),
    ("triggerer", "api-server", 8080),
    ("migration", SERVER, 443),
    ("migration", CLOUD, 443),
    ("cleanup", "database", 5432),
    ("database", CLOUD, 443),
    ("statsd", "database", 5432),
    ("statsd", "ns:kube-system", 53),
    (CLOUD, "api-server", 8080),
    (CLOUD, "database", 5432),
    ("task", CLOUD, 22),
    (
        "task",
        "169.254.169.254",
        80,
    ),  # the metadata service of a cloud, which has the node's identity
]


@pytest.fixture(params=["dev", "prod"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return settings_of(request.param, network=ENDPOINTS)


@pytest.mark.parametrize(("source", "target", "port"), ALLOWED)
def test_a_needed_connection_is_allowed(
    settings: Settings, source: str, target: str, port: int
) -> None:
    found = answer(settings, source, target, port)
    assert found.allowed, found.message


@pytest.mark.parametrize(("source", "target", "port"), DENIED)
def test_any_other_connection_is_denied(
    settings: Settings, source: str, target: str, port: int
) -> None:
    found = answer(settings, source, target, port)
    assert not found.allowed, found.message


@pytest.mark.parametrize("source", ["api-server", "scheduler", "triggerer", "worker"])
def test_metrics_are_sent_to_statsd_only_by_udp(settings: Settings, source: str) -> None:
    assert answer(settings, source, "statsd", 9125, "UDP").allowed
    assert not answer(settings, source, "statsd", 9125, "TCP").allowed


def test_dns_is_allowed_by_udp_and_tcp(settings: Settings) -> None:
    for protocol in ("UDP", "TCP"):
        assert answer(settings, "scheduler", "ns:kube-system", 53, protocol).allowed


def test_the_replicated_database_connects_to_itself_its_operator_and_the_kubernetes_api() -> None:
    prod = settings_of("prod", network=ENDPOINTS | {"databaseOperator": OPERATOR})
    for port in (5432, 8000):
        assert answer(prod, "database", "database", port).allowed
        assert answer(prod, "ns:cnpg-system", "database", port).allowed
    assert answer(prod, "database", SERVER, 443).allowed
    assert answer(prod, "ns:monitoring", "database", 9187).allowed
    assert not answer(prod, "api-server", "database", 8000).allowed


def test_the_embedded_database_opens_no_connection() -> None:
    dev = settings_of("dev", network=ENDPOINTS)
    for target in ("database", SERVER, "ns:kube-system"):
        assert not answer(dev, "database", target, 443).allowed


def test_an_external_database_is_reached_at_the_addresses_in_the_stack() -> None:
    secrets = {"metadata": {"existing": "mine"}, "database": {"existing": "mine"}}
    network = ENDPOINTS | {"database": {"cidrs": ["10.9.0.0/24"], "ports": [6432]}}
    external = settings_of("dev", database={"mode": "external"}, secrets=secrets, network=network)
    assert answer(external, "scheduler", "10.9.0.4", 6432).allowed
    assert not answer(external, "scheduler", "10.9.1.4", 6432).allowed
    assert not answer(external, "worker", "10.9.0.4", 6432).allowed


def test_logs_in_a_bucket_are_written_by_workers_and_read_by_the_api_server() -> None:
    logs = {"store": "remote", "folder": "s3://bucket/airflow"}
    remote = settings_of("dev", logs=logs, network=ENDPOINTS)
    for source in ("worker", "api-server", "triggerer"):
        assert answer(remote, source, BUCKET, 443).allowed
    assert not answer(settings_of("dev", network=ENDPOINTS), "worker", BUCKET, 443).allowed


def test_only_the_api_server_reaches_the_identity_provider_and_only_for_sign_in() -> None:
    provider, network = "10.6.0.8", ENDPOINTS | {"identityProvider": {"cidrs": ["10.6.0.8/32"]}}
    sign_in = {
        "mode": "oauth",
        "metadataUrl": "https://id.example.com/.well-known/openid-configuration",
        "clientId": "airflow",
        "clientSecret": {"secret": "identity-provider"},
        "defaultRole": "Viewer",
    }
    oauth = settings_of("dev", signIn=sign_in, network=network)
    assert answer(oauth, "api-server", provider, 443).allowed
    for other in ("scheduler", "triggerer", "worker", "dag-processor"):
        assert not answer(oauth, other, provider, 443).allowed
    assert not answer(settings_of("dev", network=network), "api-server", provider, 443).allowed


def test_a_stack_with_dags_in_the_image_has_no_flow_to_git() -> None:
    image = settings_of("dev", dags={"source": "image"}, network=ENDPOINTS)
    assert not answer(image, "worker", GIT, 443).allowed


def test_an_empty_list_of_addresses_allows_none() -> None:
    closed = settings_of("dev", network=ENDPOINTS | {"tasks": {"cidrs": []}, "ui": {}})
    assert not answer(closed, "task", CLOUD, 443).allowed
    assert not answer(closed, "ns:ingress-nginx", "api-server", 8080).allowed


def test_an_empty_list_of_ports_allows_every_port() -> None:
    wide = settings_of(
        "dev", network=ENDPOINTS | {"tasks": {"cidrs": ["10.5.0.0/16"], "ports": []}}
    )
    assert answer(wide, "task", CLOUD, 9999).allowed
