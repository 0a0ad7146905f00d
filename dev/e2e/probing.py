"""Tries connections between probe pods and compares the results with the NetworkPolicies."""

import json
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from airflow_k8s.kube import network_policy
from airflow_k8s.kube.manifest import Manifest
from dev.e2e import git_server, probes
from dev.e2e.cluster_directory import endpoint, read_directory
from dev.e2e.context import Context
from dev.e2e.program import NAMESPACE
from dev.e2e.runs import wait_until

_START_SECONDS = 120.0
_PLUGIN_SECONDS = 60.0  # within which a network plugin applies policies to new pods
_NAMESPACES = (NAMESPACE, git_server.NAMESPACE)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A connection to try, and whether the NetworkPolicies allow it."""

    source: str  # namespace/name of a probe
    target: str  # namespace/name of a probe
    address: str  # of the target
    port: int
    allowed: bool
    reason: str  # why it is allowed or denied

    def __str__(self) -> str:
        """Describes an attempt whose result is not the expected one."""
        result = "cannot reach" if self.allowed else "reaches"
        return f"{self.source} {result} {self.target} {self.port}: {self.reason}"


@contextmanager
def running_probes(context: Context) -> Generator[Sequence[Manifest]]:
    """The probe pods, which run until the context ends: all of them in the stack's namespace, and
    one stranger in the git server's."""
    pods = [
        *probes.probe_pods(NAMESPACE, probes.probe_labels(), context.image),
        *probes.probe_pods(git_server.NAMESPACE, ["stranger"], context.image),
    ]
    items = {"apiVersion": "v1", "kind": "List", "items": pods}
    context.kubectl.ask("apply", "--filename", "-", stdin=json.dumps(items))

    def poll() -> Sequence[Manifest] | None:
        running = [
            pod
            for namespace in _NAMESPACES
            for pod in context.cluster.list("v1", "Pod", namespace, labels=probes.LABEL)
            if pod["status"].get("phase") == "Running" and pod["status"].get("podIP")
        ]
        return running if len(running) == len(pods) else None

    try:
        yield wait_until(poll, "the probes run", timeout_seconds=_START_SECONDS)
    finally:
        for namespace in _NAMESPACES:
            delete = ["--namespace", namespace, "delete", "pods", "--selector", probes.LABEL]
            context.kubectl.ask(*delete, "--now", "--wait=false", "--ignore-not-found")


def all_attempts(context: Context, running: Sequence[Manifest]) -> list[Attempt]:
    """One attempt for every ordered pair of probes and every port."""
    kind = ("networking.k8s.io/v1", "NetworkPolicy")
    policies = [
        policy for namespace in _NAMESPACES for policy in context.cluster.list(*kind, namespace)
    ]
    namespaces = read_directory(context.cluster).namespaces
    return [
        _attempt(policies, namespaces, source, target, port)
        for source in running
        for target in running
        if source is not target
        for port in probes.PORTS
    ]


def unexpected_results(
    context: Context, running: Sequence[Manifest], attempts: Sequence[Attempt]
) -> Sequence[Attempt]:
    """The attempts whose result is not the one that the policies define.

    Unexpected ones are repeated for a minute, because a network plugin needs time for new pods.
    """
    deadline = time.monotonic() + _PLUGIN_SECONDS
    while attempts and time.monotonic() < deadline:
        unexpected: list[Attempt] = []
        for source in running:
            own = [attempt for attempt in attempts if attempt.source == _probe_name(source)]
            if own:
                results = _connect(context, source, own)
                unexpected += [
                    attempt
                    for attempt, is_reachable in zip(own, results, strict=True)
                    if attempt.allowed != is_reachable
                ]
        attempts = unexpected
    return attempts


def _attempt(
    policies: Sequence[Manifest],
    namespaces: Mapping[str, Mapping[str, str]],
    source: Manifest,
    target: Manifest,
    port: int,
) -> Attempt:
    answer = network_policy.judge(policies, namespaces, endpoint(source), endpoint(target), port)
    return Attempt(
        source=_probe_name(source),
        target=_probe_name(target),
        address=target["status"]["podIP"],
        port=port,
        allowed=answer.allowed,
        reason=answer.message,
    )


def _connect(context: Context, source: Manifest, attempts: Sequence[Attempt]) -> list[bool]:
    metadata = source["metadata"]
    target = ["--namespace", metadata["namespace"], "exec", "--stdin", metadata["name"], "--"]
    stdin = probes.connect_input((attempt.address, attempt.port) for attempt in attempts)
    output = context.kubectl.ask(*target, *probes.CONNECT_COMMAND, stdin=stdin, timeout=120)
    return probes.connect_results(output)


def _probe_name(pod: Manifest) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['labels'][probes.LABEL]}"
