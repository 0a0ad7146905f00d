"""Records which connections pods open and which Secrets they read during DAG runs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_k8s.kube import network_policy
from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.references import secrets_of
from airflow_k8s.toolchain.command import CommandError
from dev.e2e import probes, procnet
from dev.e2e.cluster_directory import ClusterDirectory, endpoint


class Observations:
    """What has been observed so far."""

    def __init__(self) -> None:
        self.connections: dict[tuple[str, str], str] = {}
        """(component that opened it, destination) -> why the NetworkPolicies deny it; empty if
        they allow it."""
        self.worker_secrets: dict[str, set[str]] = {}
        """Name of a worker pod -> names of the Secrets that it reads."""

    def connections_by_component(self) -> Mapping[str, int]:
        """How many different connections each component opened."""
        return Counter(component for component, _ in self.connections)

    def observe(
        self,
        kubectl: Kubectl,
        pods: Sequence[Manifest],
        policies: Sequence[Manifest],
        directory: ClusterDirectory,
    ) -> None:
        """Adds what the pods read and, for running pods except probes, their open connections."""
        for pod in pods:
            component = component_of(pod)
            if component == "worker":
                self.worker_secrets[pod["metadata"]["name"]] = secrets_of(pod["spec"])
            if pod["status"].get("phase") == "Running" and probes.LABEL not in _labels(pod):
                for connection in _open_connections(kubectl, pod):
                    destination, denial = judge(pod, connection, policies, directory)
                    key = (component, f"{connection} ({destination})")
                    self.connections.setdefault(key, denial)


def judge(
    pod: Manifest,
    connection: procnet.Connection,
    policies: Sequence[Manifest],
    directory: ClusterDirectory,
) -> tuple[str, str]:
    """The destination of a connection, and why the policies deny it (empty if they allow it).

    A connection to a Service is allowed if the policies allow one of the Service's backends.
    """
    ends = directory.endpoints(connection.address, connection.port)
    answers = [
        network_policy.judge(
            policies, directory.namespaces, endpoint(pod), end, port, connection.protocol
        )
        for end, port in ends
    ]
    destination = " or ".join(dict.fromkeys(f"{end} {port}" for end, port in ends))
    is_allowed = any(answer.allowed for answer in answers)
    return destination, "" if is_allowed else answers[0].message


def component_of(pod: Manifest) -> str:
    """The component of the platform that a pod is part of, by the label of the chart or of this
    program; `other` without such a label."""
    labels = _labels(pod)
    return str(labels.get("component") or labels.get("app.kubernetes.io/component", "other"))


def _open_connections(kubectl: Kubectl, pod: Manifest) -> set[procnet.Connection]:
    metadata, container = pod["metadata"], pod["spec"]["containers"][0]["name"]
    target = ["--namespace", metadata["namespace"], "exec", metadata["name"]]
    shell = ["--container", container, "--", "sh", "-c", procnet.READ_SCRIPT]
    try:
        output = kubectl.ask(*target, *shell)
    except CommandError:
        return set()  # the container has just ended, or its image has no shell
    return procnet.outgoing(output)


def _labels(pod: Manifest) -> Mapping[str, Any]:
    return pod["metadata"].get("labels") or {}
