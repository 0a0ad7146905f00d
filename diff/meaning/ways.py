"""Connections that NetworkPolicies let through and did not before, and the other way round."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from diff.meaning.consequence import Consequence
from render.objects import Object
from render.tree import peer_words

_EVERY = "every pod"
_DIRECTIONS = (("Ingress", "ingress", "from", "in from"), ("Egress", "egress", "to", "out to"))


def ways(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Consequence]:
    """By the pods that policies select. A rule is told as it stands, at each end: a connection
    passes where the rules of both ends let it."""
    was, now = _rules(before), _rules(after)
    for pods in dict.fromkeys([*was, *now]):
        there, here = was.get(pods), now.get(pods)
        told = list[str]()
        if there is None and not here:
            told.append("denied by default now")
        elif here is None and _EVERY not in now:
            told.append("NO LONGER GUARDED: no policy denies them anything")
        opened = sorted((here or set()) - (there or set()))
        closed = sorted((there or set()) - (here or set())) if not told else []
        told += [f"opens {', '.join(opened)}"] if opened else []
        told += [f"closes {', '.join(closed)}"] if closed else []
        if told:
            yield Consequence(kind="network", subject=pods, words="; ".join(told))


def _rules(objects: Sequence[Object]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in objects:
        if each.kind == "NetworkPolicy":
            spec = each.manifest["spec"]
            lets = found.setdefault(_pods(spec.get("podSelector") or {}), set())
            types = spec.get("policyTypes") or ["Ingress"]
            for kind, field, peers, verb in _DIRECTIONS:
                if kind in types:
                    lets |= {
                        f"{verb} {words}"
                        for rule in spec.get(field) or []
                        for words in _of(rule, peers)
                    }
    return found


def _of(rule: Mapping[str, Any], field: str) -> Iterator[str]:
    ports = " ".join(
        dict.fromkeys(str(each.get("port", "any port")) for each in rule.get("ports") or [])
    )
    for peer in rule.get(field) or [None]:
        yield f"{peer_words(peer) if peer else 'anywhere'} {ports or 'on every port'}"


def _pods(selector: Mapping[str, Any]) -> str:
    return peer_words({"podSelector": selector}) if selector else _EVERY
