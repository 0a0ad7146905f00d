"""Settings of the ingress and of the network."""

from dataclasses import dataclass

from airflow_k8s.stack.settings.schema import setting
from airflow_k8s.stack.settings.types import (
    Cidr,
    DnsLabel,
    HostNameOrEmpty,
    ObjectNameOrEmpty,
    Port,
)

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class Ingress:
    """How the UI and the API are reached from outside the cluster."""

    host: HostNameOrEmpty = setting(
        "host name (requires network.ui); empty: no Ingress, use a port-forward", ""
    )
    class_name: str = setting("ingress class; empty: the cluster's default", "")
    tls_secret: ObjectNameOrEmpty = setting(
        "Secret with the certificate of the host; empty: plain HTTP", ""
    )
    annotations: dict[str, str] = setting("annotations for the ingress controller", {})


@dataclass(frozen=True, kw_only=True)
class Source:
    """Sources outside the namespace that may connect to the platform; both fields empty: none."""

    cidrs: tuple[Cidr, ...] = setting("address ranges", ())
    namespaces: tuple[DnsLabel, ...] = setting("namespaces, with all their pods", ())


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Destinations outside the namespace that the platform may connect to; without address ranges
    and namespaces: none."""

    cidrs: tuple[Cidr, ...] = setting("address ranges", (ANYWHERE,))
    namespaces: tuple[DnsLabel, ...] = setting("namespaces, with all their pods", ())
    ports: tuple[Port, ...] = setting("ports; empty: every port")


@dataclass(frozen=True, kw_only=True)
class Network:
    """The connections that are allowed into the namespace and out of it."""

    isolate: bool = setting(
        "deny all connections into and out of the namespace's pods that are not allowed here;"
        " requires a network plugin that enforces NetworkPolicies",
        True,
    )
    dns: Destination = setting(
        "DNS servers. Add 169.254.20.10/32 for NodeLocal DNSCache, and the nodes' addresses if"
        " CoreDNS uses the host network",
        Destination(cidrs=(), namespaces=("kube-system",), ports=(53,)),
    )
    kubernetes_api: Destination = setting(
        "the Kubernetes API, for API server, scheduler, triggerer, worker pods and clean-up; the"
        " addresses of the servers, not of the Service",
        Destination(ports=(443, 6443)),
    )
    git: Destination = setting("git server of the DAGs", Destination(ports=(443, 22)))
    remote_logs: Destination = setting(
        "logs.store remote: object storage", Destination(ports=(443,))
    )
    database: Destination = setting(
        "database.mode external: database server", Destination(ports=(5432,))
    )
    identity_provider: Destination = setting(
        "signIn.mode oauth: identity provider", Destination(ports=(443,))
    )
    task_database: Destination = setting("the tasks' own database", Destination(ports=(5432,)))
    tasks: Destination = setting(
        "everything else that tasks and their triggers connect to", Destination(ports=(443,))
    )
    ui: Source = setting(
        "who may connect to the UI: namespaces or addresses of the ingress controller", Source()
    )
    metrics: Source = setting("who may read metrics: Prometheus", Source())
    database_operator: Source = setting(
        "database.mode cloudnative-pg: the operator", Source(namespaces=("cnpg-system",))
    )
