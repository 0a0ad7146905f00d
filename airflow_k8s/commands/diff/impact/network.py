"""Connections that NetworkPolicies allow or deny now, and how pods are reached from outside."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Reason
from airflow_k8s.commands.diff.pairs import Action, ObjectChange
from airflow_k8s.kube.fields import value_text
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.rendering.object_facts import peer_label, ports_text

_ALL_PODS = "every pod"
_EXPOSING = ("Service", "Ingress")

Rules = Mapping[str, str]  # an identifier of a rule -> the text of the rule for the report


@dataclass(frozen=True, kw_only=True)
class _Direction:
    """Incoming or outgoing connections, in the terms of a NetworkPolicy."""

    policy_type: str
    name: str  # also the field of a policy that holds the rules
    peers: str  # the field of a rule that holds the other end, and the preposition for it


_DIRECTIONS = (
    _Direction(policy_type="Ingress", name="ingress", peers="from"),
    _Direction(policy_type="Egress", name="egress", peers="to"),
)


def policy_consequences(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Consequence]:
    """What NetworkPolicies allow and deny, by the pods that they select.

    A rule is reported at both of its ends: a connection needs the egress rule of one end and the
    ingress rule of the other.
    """
    for direction in _DIRECTIONS:
        old, new = (_rules_by_pods(objects, direction) for objects in (before, after))
        for pods in dict.fromkeys([*old, *new]):
            was_isolated, is_isolated = (pods in side or _ALL_PODS in side for side in (old, new))
            reason = None
            if was_isolated and not is_isolated:
                reason = Reason.NOT_ISOLATED
                message = f"NO LONGER ISOLATED: no policy restricts {direction.name}"
            elif is_isolated and not was_isolated:
                reason = Reason.ISOLATED
                allowed = ", ".join(sorted(new.get(pods, {}).values()))
                exception = f" except {allowed}" if allowed else ""
                message = f"{direction.name} is denied now{exception}"
            else:
                message = _changed_rules(old.get(pods, {}), new.get(pods, {}), direction)
            if message:
                yield Consequence(kind=Kind.NETWORK, subject=pods, message=message, reason=reason)


def exposure_consequences(changes: Sequence[ObjectChange]) -> Iterator[Consequence]:
    """Services and Ingresses that are added, removed or changed."""
    for change in changes:
        obj = change.object
        if obj.kind not in _EXPOSING:
            continue
        if change.action is Action.CHANGED:
            message = ", ".join(
                f"{field.path}: {value_text(field.before)} → {value_text(field.after)}"
                for field in change.fields
                if field.path.startswith(("spec", "metadata.annotations"))
            )
        else:
            message = change.action.value
        if message:
            yield Consequence(kind=Kind.NETWORK, subject=obj.qualified_name, message=message)


def _changed_rules(old: Rules, new: Rules, direction: _Direction) -> str:
    allowed = sorted(text for key, text in new.items() if key not in old)
    denied = sorted(text for key, text in old.items() if key not in new)
    messages = [f"allows {direction.name} {', '.join(allowed)}"] if allowed else []
    messages += [f"no longer allows {direction.name} {', '.join(denied)}"] if denied else []
    return "; ".join(messages)


def _rules_by_pods(objects: Sequence[Object], direction: _Direction) -> dict[str, dict[str, str]]:
    """The rules of one direction, by the pods that a NetworkPolicy selects for it."""
    found: dict[str, dict[str, str]] = {}
    for obj in objects:
        if obj.kind != "NetworkPolicy":
            continue
        spec = obj.manifest["spec"]
        # The API's default: a policy without policyTypes is for ingress, and for egress if it has
        # such rules.
        types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
        if direction.policy_type in types:
            rules = found.setdefault(_selected(spec.get("podSelector") or {}), {})
            for rule in spec.get(direction.name) or []:
                for key, text in _peers_and_ports(rule, direction.peers):
                    rules[key] = f"{direction.peers} {text}"
    return found


def _peers_and_ports(rule: Mapping[str, Any], peers: str) -> Iterator[tuple[str, str]]:
    """Yields an identifier and a text for every peer of the rule; the ports are part of both."""
    ports = [_port(port) for port in rule.get("ports") or []]
    port_text = "".join(ports_text(ports)) or "on every port"
    for peer in rule.get(peers) or [None]:
        key = json.dumps([peer, sorted(ports)], sort_keys=True)
        yield key, f"{_peer(peer) if peer else 'anywhere'} {port_text}"


def _port(port: Mapping[str, Any]) -> str:
    protocol = port.get("protocol") or "TCP"
    last = f"-{port['endPort']}" if "endPort" in port else ""
    return f"{port.get('port', 'any')}{last}{'' if protocol == 'TCP' else f'/{protocol}'}"


def _peer(peer: Mapping[str, Any]) -> str:
    """The peer's name, with its exceptions and with the pods within a namespace."""
    name = peer_label(peer)
    if "ipBlock" in peer and peer["ipBlock"].get("except"):
        return f"{name} except {' '.join(peer['ipBlock']['except'])}"
    if "namespaceSelector" in peer and peer.get("podSelector"):
        return f"{peer_label({'podSelector': peer['podSelector']})} in {name}"
    return name


def _selected(selector: Mapping[str, Any]) -> str:
    if not selector:
        return _ALL_PODS
    if selector.get("matchExpressions"):
        return f"pods with {json.dumps(selector, sort_keys=True)}"
    return peer_label({"podSelector": selector})
