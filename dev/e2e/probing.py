"""Connections between pods that pose as parts of the platform: tried, and compared with what the
NetworkPolicies say."""

import json
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from airflow_k8s.kube import network_policy
from dev.e2e import git_server, probes
from dev.e2e.cluster_directory import endpoint, listed
from dev.e2e.context import Bench
from dev.e2e.program import NAMESPACE
from dev.e2e.runs import until

Manifest = Mapping[str, Any]
_READY = 120.0  # seconds
_SETTLED = 60.0  # in which a network plugin learns of new pods
_WHERE = (NAMESPACE, git_server.NAMESPACE)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A connection to try, and what the policies say of it."""

    source: str
    target: str
    address: str
    port: int
    allowed: bool
    words: str

    def __str__(self) -> str:
        went = "cannot reach" if self.allowed else "reaches"
        return f"{self.source} {went} {self.target} {self.port}: {self.words}"


@contextmanager
def probing(bench: Bench) -> Generator[Sequence[Manifest]]:
    """The probes while they run: one as each part of the platform, and strangers in both
    namespaces."""
    made = [
        *probes.pods(NAMESPACE, probes.parties(), bench.image),
        *probes.pods(git_server.NAMESPACE, ["stranger"], bench.image),
    ]
    items = {"apiVersion": "v1", "kind": "List", "items": made}
    bench.kubectl.ask("apply", "--filename", "-", stdin=json.dumps(items))

    def look() -> Sequence[Manifest] | None:
        live = [
            pod
            for namespace in _WHERE
            for pod in bench.cluster.list("v1", "Pod", namespace, labels=probes.MARK)
            if pod["status"].get("phase") == "Running" and pod["status"].get("podIP")
        ]
        return live if len(live) == len(made) else None

    try:
        yield until(look, "the probes run", patience=_READY)
    finally:
        for namespace in _WHERE:
            where = ["--namespace", namespace, "delete", "pods", "--selector", probes.MARK]
            bench.kubectl.ask(*where, "--now", "--wait=false", "--ignore-not-found")


def attempts(bench: Bench, live: Sequence[Manifest]) -> list[Attempt]:
    """Every pair of probes at every port."""
    kind = ("networking.k8s.io/v1", "NetworkPolicy")
    policies = [each for namespace in _WHERE for each in bench.cluster.list(*kind, namespace)]
    namespaces = listed(bench.cluster).namespaces
    pairs = [(one, other) for one in live for other in live if one is not other]
    return [
        _attempt(
            one, other, port, network_policy.judge(policies, namespaces, *_ends(one, other), port)
        )
        for one, other in pairs
        for port in probes.PORTS
    ]


def otherwise(
    bench: Bench, live: Sequence[Manifest], tried: Sequence[Attempt]
) -> Sequence[Attempt]:
    """Those that go otherwise than the policies say, also when asked again for a while."""
    latest = time.monotonic() + _SETTLED
    while tried and time.monotonic() < latest:
        wrong: list[Attempt] = []
        for source in live:
            own = [each for each in tried if each.source == _called(source)]
            if own:
                reached = _reached(bench, source, own)
                wrong += [a for a, yes in zip(own, reached, strict=True) if a.allowed != yes]
        tried = wrong
    return tried


def _ends(
    one: Manifest, other: Manifest
) -> tuple[network_policy.Endpoint, network_policy.Endpoint]:
    return endpoint(one), endpoint(other)


def _attempt(one: Manifest, other: Manifest, port: int, answer: network_policy.Answer) -> Attempt:
    return Attempt(
        source=_called(one),
        target=_called(other),
        address=other["status"]["podIP"],
        port=port,
        allowed=answer.allowed,
        words=answer.words,
    )


def _reached(bench: Bench, source: Manifest, own: Sequence[Attempt]) -> list[bool]:
    metadata = source["metadata"]
    into = ["--namespace", metadata["namespace"], "exec", "--stdin", metadata["name"], "--"]
    asked = probes.places((each.address, each.port) for each in own)
    return probes.reached(bench.kubectl.ask(*into, *probes.CONNECT, stdin=asked, timeout=120))


def _called(pod: Manifest) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['labels'][probes.MARK]}"
