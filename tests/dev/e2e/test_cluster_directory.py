"""Who is behind an address."""

from typing import Any

from dev.e2e.cluster_directory import Directory, directory, name_servers

POD: dict[str, Any] = {
    "metadata": {"name": "api-1", "namespace": "airflow", "labels": {"component": "api-server"}},
    "spec": {"containers": [{"ports": [{"name": "api-server", "containerPort": 8080}]}]},
    "status": {"podIP": "10.244.0.5"},
}
ON_THE_HOST: dict[str, Any] = {
    "metadata": {"name": "dns", "namespace": "kube-system"},
    "spec": {"hostNetwork": True, "containers": [{}]},
    "status": {"podIP": "192.0.2.10"},
}
STARTING: dict[str, Any] = {
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


def known() -> Directory:
    return directory(
        [POD, ON_THE_HOST, STARTING],
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


def test_a_pods_address_is_the_pod() -> None:
    ((end, port),) = known().ends("10.244.0.5", 8080)
    assert (end.name, end.namespace, port) == ("api-1", "airflow", 8080)
    assert end.labels == {"component": "api-server"}
    assert [(p.name, p.number, p.protocol) for p in end.ports] == [("api-server", 8080, "TCP")]


def test_a_services_address_is_the_pods_behind_it_at_their_own_port() -> None:
    ((end, port),) = known().ends("10.96.0.7", 80)
    assert (end.name, port) == ("api-1", 8080)


def test_any_other_is_an_address_outside() -> None:
    ((end, port),) = known().ends("203.0.113.9", 443)
    assert (end.namespace, end.address, port) == ("", "203.0.113.9", 443)


def test_a_pod_on_its_nodes_network_is_an_address_too() -> None:
    ((end, _),) = known().ends("192.0.2.10", 53)
    assert end.namespace == ""


def test_name_servers_that_no_selector_takes_are_named_by_their_address() -> None:
    assert name_servers(known(), "10.96.0.10") == ["192.0.2.10/32"]
    assert name_servers(known(), "10.96.0.7") == []


def test_namespaces_have_their_labels() -> None:
    assert known().namespaces == {"airflow": {"team": "data"}}
