"""What pods are seen to do while runs are in flight: whom they connect to, what they read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airflow_k8s.kube import network_policy
from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.toolchain.command import CommandError
from dev.e2e import probes, procnet
from dev.e2e.cluster_directory import Directory, endpoint

Manifest = Mapping[str, Any]


class Observed:
    """What was seen so far."""

    def __init__(self) -> None:
        self.connections: dict[tuple[str, str], str] = {}
        """Why the NetworkPolicies do not allow it, or empty; by the part that made it, and where
        it leads."""
        self.workers: dict[str, set[str]] = {}
        """The Secrets that it reads, by worker pod."""

    def by_part(self) -> Mapping[str, int]:
        """How many connections each part made."""
        return Counter(part for part, _ in self.connections)

    def look(
        self,
        kubectl: Kubectl,
        pods: Sequence[Manifest],
        policies: Sequence[Manifest],
        known: Directory,
    ) -> None:
        """Looks into each of the pods."""
        for pod in pods:
            part = part_of(pod)
            if part == "worker":
                self.workers[pod["metadata"]["name"]] = set(secrets_of(pod))
            if pod["status"].get("phase") == "Running" and probes.MARK not in _labels(pod):
                for made in _made(kubectl, pod):
                    place, words = judged(pod, made, policies, known)
                    self.connections.setdefault((part, f"{made} ({place})"), words)


def judged(
    pod: Manifest, made: procnet.Connection, policies: Sequence[Manifest], known: Directory
) -> tuple[str, str]:
    """Where a connection leads, and why it is not allowed (empty: it is). What is behind a Service
    is one of its pods."""
    ends = known.ends(made.address, made.port)
    answers = [
        network_policy.judge(policies, known.namespaces, endpoint(pod), end, port, made.protocol)
        for end, port in ends
    ]
    place = " or ".join(dict.fromkeys(f"{end} {port}" for end, port in ends))
    return place, "" if any(each.allowed for each in answers) else answers[0].words


def part_of(pod: Manifest) -> str:
    """The part of the platform that a pod is, as the chart or this program labels it."""
    labels = _labels(pod)
    return str(labels.get("component") or labels.get("app.kubernetes.io/component", "other"))


def secrets_of(pod: Manifest) -> Iterator[str]:
    """The Secrets that it reads."""
    spec = pod["spec"]
    for container in [*spec["containers"], *(spec.get("initContainers") or ())]:
        for variable in container.get("env") or ():
            reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
            if reference:
                yield reference["name"]
        for source in container.get("envFrom") or ():
            if "secretRef" in source:
                yield source["secretRef"]["name"]
    for volume in spec.get("volumes") or ():
        if "secret" in volume:
            yield volume["secret"]["secretName"]


def _made(kubectl: Kubectl, pod: Manifest) -> set[procnet.Connection]:
    metadata, container = pod["metadata"], pod["spec"]["containers"][0]["name"]
    into = ["--namespace", metadata["namespace"], "exec", metadata["name"]]
    try:
        said = kubectl.ask(*into, "--container", container, "--", "sh", "-c", procnet.LOOK)
    except CommandError:
        return set()  # it has just ended, or has no shell
    return procnet.outgoing(said)


def _labels(pod: Manifest) -> Mapping[str, Any]:
    return pod["metadata"].get("labels") or {}
