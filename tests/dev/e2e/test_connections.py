"""The connections and the Secrets of pods."""

from typing import Any, cast

from airflow_k8s.kube.kubectl import Kubectl
from dev.e2e.cluster_directory import build_directory
from dev.e2e.connections import Observations, component_of, judge
from dev.e2e.procnet import Connection


def pod(name: str, address: str, component: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "airflow", "labels": {"component": component}},
        "spec": {"containers": [{"name": "main"}]},
        "status": {"podIP": address, "phase": "Running"},
    }


API, DATABASE = pod("api-1", "10.0.0.1", "api-server"), pod("db-1", "10.0.0.2", "database")
DIRECTORY = build_directory(
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


def judge_connection(address: str) -> tuple[str, str]:
    connection = Connection(protocol="TCP", address=address, port=5432)
    return judge(API, connection, [ONLY_TO_THE_DATABASE], DIRECTORY)


def test_a_connection_to_a_service_is_judged_by_the_pods_behind_it() -> None:
    assert judge_connection("10.96.0.5") == ("db-1 5432", "")


def test_a_denied_connection_has_the_reason() -> None:
    destination, denial = judge_connection("203.0.113.9")
    assert destination == "203.0.113.9 5432"
    assert "no egress rule of NetworkPolicy api allows TCP 5432" in denial


def test_the_component_of_a_pod_comes_from_the_label_of_the_chart_or_of_the_program() -> None:
    assert component_of(API) == "api-server"
    ours = {"metadata": {"labels": {"app.kubernetes.io/component": "task"}}}
    assert component_of(ours) == "task"
    assert component_of({"metadata": {}}) == "other"


def test_the_secrets_of_a_worker_pod_include_projected_volumes_and_pull_secrets() -> None:
    worker = pod("worker-1", "10.0.0.3", "worker")
    worker["status"]["phase"] = "Pending"
    worker["spec"] |= {
        "imagePullSecrets": [{"name": "registry"}],
        "volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "mounted"}}]}}],
    }
    observations = Observations()
    observations.observe(cast(Kubectl, None), [worker], [], DIRECTORY)
    assert observations.worker_secrets == {"worker-1": {"registry", "mounted"}}
