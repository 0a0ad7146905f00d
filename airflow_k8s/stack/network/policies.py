"""The NetworkPolicies that allow exactly the flows of a stack, as Kubernetes writes them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_k8s.stack.network.flows import Flow, Workload
from airflow_k8s.stack.settings.access import Destination, Source

DENY = "default-deny"
_BOTH = ["Ingress", "Egress"]


def specs(flows: Sequence[Flow]) -> dict[str, dict[str, Any]]:
    """The `spec` of every NetworkPolicy by its name: one that denies everything, and one for every
    workload that allows the workload's flows."""
    workloads = {
        end.name: end
        for flow in flows
        for end in (flow.source, flow.target)
        if isinstance(end, Workload)
    }
    return {DENY: {"podSelector": {}, "policyTypes": _BOTH}} | {
        name: _spec(workload, flows) for name, workload in sorted(workloads.items())
    }


def _spec(workload: Workload, flows: Sequence[Flow]) -> dict[str, Any]:
    # Without a list of rules nothing is allowed; a rule without peers would allow every peer.
    spec: dict[str, Any] = {
        "podSelector": {"matchLabels": dict(workload.labels)},
        "policyTypes": _BOTH,
    }
    ingress = _rules("from", [(flow.source, flow) for flow in flows if flow.target == workload])
    egress = _rules("to", [(flow.target, flow) for flow in flows if flow.source == workload])
    return spec | ({"ingress": ingress} if ingress else {}) | ({"egress": egress} if egress else {})


def _rules(
    field: str, ends: Iterable[tuple[Workload | Source | Destination, Flow]]
) -> list[dict[str, Any]]:
    """The rules of a policy; `ends` are the other ends of its flows. Peers with the same ports
    share a rule."""
    rules: list[dict[str, Any]] = []
    for end, flow in ends:
        peers, ports = _peers(end), _ports(flow)
        same = next((rule for rule in rules if rule.get("ports", []) == ports), None)
        if same is not None:
            same[field] += [peer for peer in peers if peer not in same[field]]
        elif peers:
            rules.append({field: peers} | ({"ports": ports} if ports else {}))
    return rules


def _peers(end: Workload | Source | Destination) -> list[Mapping[str, Any]]:
    if isinstance(end, Workload):
        return [{"podSelector": {"matchLabels": dict(end.labels)}}]
    return [
        *({"ipBlock": {"cidr": cidr}} for cidr in end.cidrs),
        *(
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
            for namespace in end.namespaces
        ),
    ]


def _ports(flow: Flow) -> list[dict[str, Any]]:
    return [
        {"protocol": protocol, "port": port} for protocol in flow.protocols for port in flow.ports
    ]
