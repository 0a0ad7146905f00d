"""The NetworkPolicies that let just the ways of a stack through; in Kubernetes' own spelling."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_k8s.stack.network.flows import Party, Way
from airflow_k8s.stack.settings.model import Destination, Source

DENY = "default-deny"
_BOTH = ["Ingress", "Egress"]


def specs(ways: Sequence[Way]) -> dict[str, dict[str, Any]]:
    """The `spec` of each NetworkPolicy by its name: one that denies all, and one for each party
    that lets its own ways through."""
    parties = {
        end.name: end for way in ways for end in (way.source, way.target) if isinstance(end, Party)
    }
    return {DENY: {"podSelector": {}, "policyTypes": _BOTH}} | {
        name: _spec(party, ways) for name, party in sorted(parties.items())
    }


def _spec(party: Party, ways: Iterable[Way]) -> dict[str, Any]:
    # An absent list of rules lets nothing through, while a rule without peers lets everybody in.
    spec: dict[str, Any] = {
        "podSelector": {"matchLabels": dict(party.labels)},
        "policyTypes": _BOTH,
    }
    ways = list(ways)
    ingress = _rules("from", [(way.source, way) for way in ways if way.target == party])
    egress = _rules("to", [(way.target, way) for way in ways if way.source == party])
    return spec | ({"ingress": ingress} if ingress else {}) | ({"egress": egress} if egress else {})


def _rules(
    field: str, others: Iterable[tuple[Party | Source | Destination, Way]]
) -> list[dict[str, Any]]:
    """Those to whom the same ports are open share a rule."""
    rules: list[dict[str, Any]] = []
    for other, way in others:
        peers, ports = _peers(other), _ports(way)
        same = next((rule for rule in rules if rule.get("ports", []) == ports), None)
        if same is not None:
            same[field] += [peer for peer in peers if peer not in same[field]]
        elif peers:
            rules.append({field: peers} | ({"ports": ports} if ports else {}))
    return rules


def _peers(other: Party | Source | Destination) -> list[Mapping[str, Any]]:
    if isinstance(other, Party):
        return [{"podSelector": {"matchLabels": dict(other.labels)}}]
    return [
        *({"ipBlock": {"cidr": cidr}} for cidr in other.cidrs),
        *(
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
            for namespace in other.namespaces
        ),
    ]


def _ports(way: Way) -> list[dict[str, Any]]:
    return [
        {"protocol": protocol, "port": port} for protocol in way.protocols for port in way.ports
    ]
