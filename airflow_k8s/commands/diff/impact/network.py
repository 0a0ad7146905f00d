"""Connections that NetworkPolicies let through and did not before, and the other way round; what is
reached from outside.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airflow_k8s.commands.diff.impact.consequence import Consequence
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.kube.fields import in_words
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.rendering.tree import peer_label

_EVERY = "every pod"
_DIRECTIONS = (("Ingress", "ingress", "from", "in from"), ("Egress", "egress", "to", "out to"))
_DOORS = ("Service", "Ingress")

Rules = dict[str, str]  # what is let through in words, by what tells it apart


def ways(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Consequence]:
    """By the pods that policies select. A rule is told as it stands, at each end: a connection
    passes where the rules of both ends let it."""
    for kind, field, peers, verb in _DIRECTIONS:
        sides = [_rules(objects, kind, field, peers, verb) for objects in (before, after)]
        was, now = sides
        for pods in dict.fromkeys([*was, *now]):
            there, here = was.get(pods), now.get(pods)
            guarded = [pods in side or _EVERY in side for side in sides]
            words = _compared(there or {}, here or {}, guarded, verb.partition(" ")[0])
            if words:
                yield Consequence(kind="network", subject=pods, words=words)


def doors(changes: Sequence[ObjectChange]) -> Iterator[Consequence]:
    """Services and Ingresses: how pods are reached, from outside too."""
    for change in changes:
        each = change.object
        if each.kind not in _DOORS:
            continue
        if change.what != "changed":
            words = "comes" if change.what == "added" else "goes"
        else:
            words = ", ".join(
                f"{field.path}: {in_words(field.before)} → {in_words(field.after)}"
                for field in change.fields
                if field.path.startswith(("spec", "metadata.annotations"))
            )
        if words:
            yield Consequence(kind="network", subject=each.qualified_name, words=words)


def _compared(there: Rules, here: Rules, guarded: Sequence[bool], way: str) -> str:
    if guarded == [True, False]:
        return f"NO LONGER GUARDED: no policy denies them anything on the way {way}"
    if guarded == [False, True]:
        but = f" but {', '.join(sorted(here.values()))}" if here else ""
        return f"all is denied on the way {way} now{but}"
    opened = sorted(words for key, words in here.items() if key not in there)
    closed = sorted(words for key, words in there.items() if key not in here)
    told = [f"opens {', '.join(opened)}"] if opened else []
    told += [f"closes {', '.join(closed)}"] if closed else []
    return "; ".join(told)


def _rules(
    objects: Sequence[Object], kind: str, field: str, peers: str, verb: str
) -> dict[str, Rules]:
    found: dict[str, Rules] = {}
    for each in objects:
        if each.kind != "NetworkPolicy":
            continue
        spec = each.manifest["spec"]
        # A policy that does not say is for what comes in, and for what goes out if it has rules.
        types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
        if kind in types:
            lets = found.setdefault(_pods(spec.get("podSelector") or {}), {})
            for rule in spec.get(field) or []:
                for key, words in _of(rule, peers):
                    lets[key] = f"{verb} {words}"
    return found


def _of(rule: Mapping[str, Any], field: str) -> Iterator[tuple[str, str]]:
    ports = [_port(each) for each in rule.get("ports") or []]
    told = " ".join(dict.fromkeys(ports)) or "on every port"
    for peer in rule.get(field) or [None]:
        key = json.dumps([peer, sorted(ports)], sort_keys=True)
        yield key, f"{_peer(peer) if peer else 'anywhere'} {told}"


def _port(each: Mapping[str, Any]) -> str:
    protocol = each.get("protocol") or "TCP"
    last = f"-{each['endPort']}" if "endPort" in each else ""
    return f"{each.get('port', 'any port')}{last}{'' if protocol == 'TCP' else f'/{protocol}'}"


def _peer(peer: Mapping[str, Any]) -> str:
    """As people name it, and what the name leaves out."""
    words = peer_label(peer)
    if "ipBlock" in peer and peer["ipBlock"].get("except"):
        return f"{words} except {' '.join(peer['ipBlock']['except'])}"
    if "namespaceSelector" in peer and peer.get("podSelector"):
        return f"{peer_label({'podSelector': peer['podSelector']})} of {words}"
    return words


def _pods(selector: Mapping[str, Any]) -> str:
    if not selector:
        return _EVERY
    if selector.get("matchExpressions"):
        return f"pods with {json.dumps(selector, sort_keys=True)}"
    return peer_label({"podSelector": selector})
