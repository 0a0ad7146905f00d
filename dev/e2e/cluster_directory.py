"""Finds the pods behind an address of the cluster."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.network_policy import Endpoint, NamedPort

Address = tuple[str, int]  # IP address and port


@dataclass(frozen=True, kw_only=True)
class ClusterDirectory:
    """The pods, Services and namespaces of a cluster at one moment."""

    pods: Mapping[str, Endpoint]  # by IP address
    services: Mapping[
        Address, Sequence[Address]
    ]  # a Service's address -> addresses of its backends
    namespaces: Mapping[str, Mapping[str, str]]  # name -> labels

    def endpoints(self, address: str, port: int) -> list[tuple[Endpoint, int]]:
        """The endpoints, with their ports, at which a connection to an address can arrive.

        For a Service these are its backends, otherwise it is the address itself.
        """
        backends = self.services.get((address, port)) or [(address, port)]
        return [(self.pods.get(ip) or Endpoint(address=ip), number) for ip, number in backends]


def build_directory(
    pods: Iterable[Manifest],
    services: Iterable[Manifest],
    slices: Iterable[Manifest],
    namespaces: Iterable[Manifest],
) -> ClusterDirectory:
    """Builds the directory from manifests; `slices` are EndpointSlices.

    A pod on the host network has its node's address, so that address stands for no pod.
    """
    return ClusterDirectory(
        pods={
            pod["status"]["podIP"]: endpoint(pod)
            for pod in pods
            if pod.get("status", {}).get("podIP") and not pod["spec"].get("hostNetwork")
        },
        services=_backends(services, slices),
        namespaces={n["metadata"]["name"]: n["metadata"].get("labels", {}) for n in namespaces},
    )


def _backends(
    services: Iterable[Manifest], slices: Iterable[Manifest]
) -> Mapping[Address, Sequence[Address]]:
    slices_by_service: dict[tuple[str, str], list[Manifest]] = {}
    for endpoint_slice in slices:
        metadata = endpoint_slice["metadata"]
        service_name = metadata.get("labels", {}).get("kubernetes.io/service-name", "")
        key = (metadata["namespace"], service_name)
        slices_by_service.setdefault(key, []).append(endpoint_slice)
    backends: dict[Address, Sequence[Address]] = {}
    for service in services:
        key = (service["metadata"]["namespace"], service["metadata"]["name"])
        for port in service["spec"].get("ports") or ():
            backends[service["spec"].get("clusterIP", ""), port["port"]] = [
                address
                for endpoint_slice in slices_by_service.get(key, ())
                for address in _addresses(endpoint_slice, port.get("name") or "")
            ]
    return backends


def _addresses(endpoint_slice: Manifest, port_name: str) -> list[Address]:
    return [
        (address, port["port"])
        for port in endpoint_slice.get("ports") or ()
        if (port.get("name") or "") == port_name
        for backend in endpoint_slice.get("endpoints") or ()
        for address in backend["addresses"]
    ]


def endpoint(pod: Manifest) -> Endpoint:
    """A pod as one end of a connection."""
    return Endpoint(
        name=pod["metadata"]["name"],
        namespace=pod["metadata"]["namespace"],
        labels=pod["metadata"].get("labels") or {},
        address=pod.get("status", {}).get("podIP", ""),
        ports=[
            NamedPort(
                name=port["name"],
                number=port["containerPort"],
                protocol=port.get("protocol", "TCP"),
            )
            for container in pod["spec"]["containers"]
            for port in container.get("ports") or ()
            if port.get("name")
        ],
    )


def read_directory(cluster: Cluster) -> ClusterDirectory:
    """Reads the current directory of a cluster."""
    return build_directory(
        cluster.list("v1", "Pod"),
        cluster.list("v1", "Service"),
        cluster.list("discovery.k8s.io/v1", "EndpointSlice"),
        cluster.list("v1", "Namespace"),
    )


def name_server_cidrs(directory: ClusterDirectory, cluster_ip: str) -> list[str]:
    """The address ranges of those backends of the DNS Service that no pod selector can match.

    These run on the host network, or outside the cluster.
    """
    addresses = {
        address
        for (service_ip, _), backends in directory.services.items()
        if service_ip == cluster_ip
        for address, _ in backends
    }
    return [str(ip_network(address)) for address in sorted(addresses - directory.pods.keys())]
