"""The pods behind an address of the cluster."""

from typing import Any

from dev.e2e.cluster_directory import ClusterDirectory, build_directory, name_server_cidrs

API_POD: dict[str, Any] = {
    "metadata": {"name": "api-1", "namespace": "airflow", "labels": {"component": "api-server"}},
    "spec": {"containers": [{"ports": [{"name": "api-server", "containerPort": 8080}]}]},
    "status": {"podIP": "10.244.0.5"},
}
HOST_NETWORK_POD: dict[str, Any] = {
    "metadata": {"name": "dns", "namespace": "kube-system"},
    "spec": {"hostNetwork": True, "containers": [{}]},
    "status": {"podIP": "192.0.2.10"},
}
STARTING_POD: dict[str, Any] = {
    "metadata": {"name": "new", "namespace": "airflow"},
    "spec": {"containers": [{}]},
}


def service(name: str, namespace: str, address: str, port: int) -> dict[str, Any]:
    spec = {"clusterIP": address, "ports": [{"name": "main", "port": port}]}
    return {"metadata": {"name": name, "namespace": namespace}, "spec": spec}


def slice_of(name: str, namespace: str, addresses: list[str], port: int) -> dict[str, Any]:
    return {
        "metadata": {
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": name},
        },
        "ports": [{"name": "main", "port": port}, {"name": "other", "port": 1}],
        "endpoints": [{"addresses": addresses}],
    }


def sample_directory() -> ClusterDirectory:
    return build_directory(
        [API_POD, HOST_NETWORK_POD, STARTING_POD],
        [
            service("api", "airflow", "10.96.0.7", 80),
            service("kube-dns", "kube-system", "10.96.0.10", 53),
        ],
        [
            slice_of("api", "airflow", ["10.244.0.5"], 8080),
            slice_of("kube-dns", "kube-system", ["192.0.2.10"], 53),
            slice_of("api", "other", ["10.244.0.99"], 8080),
        ],
        [{"metadata": {"name": "airflow", "labels": {"team": "data"}}}],
    )


def test_the_address_of_a_pod_stands_for_that_pod() -> None:
    ((end, port),) = sample_directory().endpoints("10.244.0.5", 8080)
    assert (end.name, end.namespace, port) == ("api-1", "airflow", 8080)
    assert end.labels == {"component": "api-server"}
    assert [(p.name, p.number, p.protocol) for p in end.ports] == [("api-server", 8080, "TCP")]


def test_the_address_of_a_service_stands_for_its_backends_at_their_own_port() -> None:
    ((end, port),) = sample_directory().endpoints("10.96.0.7", 80)
    assert (end.name, port) == ("api-1", 8080)


def test_an_unknown_address_is_outside_the_cluster() -> None:
    ((end, port),) = sample_directory().endpoints("203.0.113.9", 443)
    assert (end.namespace, end.address, port) == ("", "203.0.113.9", 443)


def test_the_address_of_a_pod_on_the_host_network_stands_for_no_pod() -> None:
    ((end, _),) = sample_directory().endpoints("192.0.2.10", 53)
    assert end.namespace == ""


def test_name_servers_on_the_host_network_are_listed_by_their_address() -> None:
    assert name_server_cidrs(sample_directory(), "10.96.0.10") == ["192.0.2.10/32"]
    assert name_server_cidrs(sample_directory(), "10.96.0.7") == []


def test_the_directory_has_the_labels_of_namespaces() -> None:
    assert sample_directory().namespaces == {"airflow": {"team": "data"}}
