"""Who is behind an address of the cluster."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.network_policy import Endpoint, NamedPort

Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Pods, Services and namespaces at one moment."""

    pods: Mapping[str, Endpoint]  # by address
    services: Mapping[tuple[str, int], Sequence[tuple[str, int]]]  # what is behind each
    namespaces: Mapping[str, Mapping[str, str]]  # labels by name

    def ends(self, address: str, port: int) -> list[tuple[Endpoint, int]]:
        """The pods that a connection to it can end at, with the ports; itself where it is neither a
        pod's nor a Service's."""
        behind = self.services.get((address, port)) or [(address, port)]
        return [(self.pods.get(each) or Endpoint(address=each), number) for each, number in behind]


def directory(
    pods: Iterable[Manifest],
    services: Iterable[Manifest],
    slices: Iterable[Manifest],
    namespaces: Iterable[Manifest],
) -> Directory:
    """Of what the cluster lists; pods on the network of their node are addresses to it."""
    by_address = {
        pod["status"]["podIP"]: endpoint(pod)
        for pod in pods
        if pod.get("status", {}).get("podIP") and not pod["spec"].get("hostNetwork")
    }
    behind: dict[tuple[str, int], list[tuple[str, int]]] = {}
    by_service: dict[tuple[str, str], list[Manifest]] = {}
    for each in slices:
        name = each["metadata"].get("labels", {}).get("kubernetes.io/service-name", "")
        by_service.setdefault((each["metadata"]["namespace"], name), []).append(each)
    for service in services:
        where = (service["metadata"]["namespace"], service["metadata"]["name"])
        for port in service["spec"].get("ports") or ():
            behind[service["spec"].get("clusterIP", ""), port["port"]] = [
                (address, own["port"])
                for each in by_service.get(where, ())
                for own in each.get("ports") or ()
                if (own.get("name") or "") == (port.get("name") or "")
                for one in each.get("endpoints") or ()
                for address in one["addresses"]
            ]
    return Directory(
        pods=by_address,
        services=behind,
        namespaces={n["metadata"]["name"]: n["metadata"].get("labels", {}) for n in namespaces},
    )


def endpoint(pod: Manifest) -> Endpoint:
    """A pod as an end of a connection."""
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


def listed(cluster: Cluster) -> Directory:
    """As the cluster is now."""
    return directory(
        cluster.list("v1", "Pod"),
        cluster.list("v1", "Service"),
        cluster.list("discovery.k8s.io/v1", "EndpointSlice"),
        cluster.list("v1", "Namespace"),
    )


def name_servers(known: Directory, service: str) -> list[str]:
    """The address ranges of the name servers behind a Service that are no pods with an address of
    their own, so that no selector takes them."""
    behind = {
        address
        for (cluster_ip, _), places in known.services.items()
        if cluster_ip == service
        for address, _ in places
    }
    return [str(ip_network(address)) for address in sorted(behind - known.pods.keys())]
