"""What pods are seen to do."""

from typing import Any

from dev.e2e.cluster_directory import directory
from dev.e2e.connections import judged, part_of, secrets_of
from dev.e2e.procnet import Connection


def pod(name: str, address: str, component: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "airflow", "labels": {"component": component}},
        "spec": {"containers": [{"name": "main"}]},
        "status": {"podIP": address, "phase": "Running"},
    }


API, DATABASE = pod("api-1", "10.0.0.1", "api-server"), pod("db-1", "10.0.0.2", "database")
KNOWN = directory(
    [API, DATABASE],
    [
        {
            "metadata": {"name": "db", "namespace": "airflow"},
            "spec": {"clusterIP": "10.96.0.5", "ports": [{"port": 5432}]},
        }
    ],
    [
        {
            "metadata": {
                "namespace": "airflow",
                "labels": {"kubernetes.io/service-name": "db"},
            },
            "ports": [{"port": 5432}],
            "endpoints": [{"addresses": ["10.0.0.2"]}],
        }
    ],
    [],
)
ONLY_TO_THE_DATABASE = {
    "metadata": {"name": "api", "namespace": "airflow"},
    "spec": {
        "podSelector": {"matchLabels": {"component": "api-server"}},
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"podSelector": {"matchLabels": {"component": "database"}}}]}],
    },
}


def made(address: str) -> tuple[str, str]:
    connection = Connection(protocol="TCP", address=address, port=5432)
    return judged(API, connection, [ONLY_TO_THE_DATABASE], KNOWN)


def test_a_connection_to_a_service_is_judged_by_the_pods_behind_it() -> None:
    assert made("10.96.0.5") == ("db-1 5432", "")


def test_one_that_the_policies_do_not_allow_is_told_with_the_reason() -> None:
    place, words = made("203.0.113.9")
    assert place == "203.0.113.9 5432"
    assert "no egress rule of NetworkPolicy api allows TCP 5432" in words


def test_the_part_is_the_charts_or_ours() -> None:
    assert part_of(API) == "api-server"
    ours = {"metadata": {"labels": {"app.kubernetes.io/component": "task"}}}
    assert part_of(ours) == "task"
    assert part_of({"metadata": {}}) == "other"


def test_every_way_in_which_a_pod_reads_a_secret_is_seen() -> None:
    by_key = {"name": "A", "valueFrom": {"secretKeyRef": {"name": "one", "key": "k"}}}
    reading = {
        "spec": {
            "initContainers": [{"name": "i", "envFrom": [{"secretRef": {"name": "two"}}]}],
            "containers": [{"name": "c", "env": [by_key, {"name": "B", "value": "plain"}]}],
            "volumes": [{"name": "v", "secret": {"secretName": "three"}}, {"name": "w"}],
        }
    }
    assert set(secrets_of(reading)) == {"one", "two", "three"}
