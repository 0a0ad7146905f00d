"""What accounts may do in the Kubernetes API now and might not before, and the other way round."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from diff.meaning.consequence import Consequence
from render.objects import Object

Right = tuple[str, str]  # a verb, and what it is for


def rights(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Consequence]:
    """By account: what it gains, what it loses, and whether it comes, goes or gets a token."""
    was, now = granted(before), granted(after)
    for account in dict.fromkeys([*was, *now]):
        gains = now.get(account, set()) - was.get(account, set())
        loses = was.get(account, set()) - now.get(account, set())
        told = [
            f"{verb} {_rights(found)}"
            for verb, found in (("may now", gains), ("may no longer", loses))
            if found
        ]
        if told:
            yield Consequence(kind="rights", subject=account, words="; ".join(told))
    yield from _tokens(before, after)


def granted(objects: Sequence[Object]) -> dict[str, set[Right]]:
    """What the bindings among the objects give to each account."""
    roles = {
        (each.kind, each.name): each.manifest.get("rules") or []
        for each in objects
        if each.kind in ("Role", "ClusterRole")
    }
    found: dict[str, set[Right]] = {}
    for each in objects:
        if each.kind not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        reference = each.manifest["roleRef"]
        rules = roles.get((reference["kind"], reference["name"]))
        where = " in every namespace" if each.kind == "ClusterRoleBinding" else ""
        for subject in each.manifest.get("subjects") or []:
            rules_there = found.setdefault(f"{subject['kind']} {subject['name']}", set())
            if rules is None:  # somebody else's role: what it says is not known here
                rules_there.add(("act by", f"{reference['kind']} {reference['name']}{where}"))
            for rule in rules or []:
                rules_there |= {(verb, f"{what}{where}") for verb, what in _of_rule(rule)}
    return found


def _of_rule(rule: Mapping[str, Any]) -> Iterator[Right]:
    names = rule.get("resourceNames") or [""]
    for verb, group, resource, name in product(
        rule.get("verbs") or [], rule.get("apiGroups") or [""], rule.get("resources") or [], names
    ):
        yield verb, f"{resource}{f'.{group}' if group else ''}{f' {name}' if name else ''}"
    for verb, url in product(rule.get("verbs") or [], rule.get("nonResourceURLs") or []):
        yield verb, url


def _rights(found: set[Right]) -> str:
    by_thing: dict[str, list[str]] = {}
    for verb, what in sorted(found):
        by_thing.setdefault(what, []).append(verb)
    by_verbs: dict[str, list[str]] = {}
    for what, verbs in by_thing.items():
        by_verbs.setdefault(" ".join(verbs), []).append(what)
    return ", ".join(f"{verbs} {', '.join(things)}" for verbs, things in by_verbs.items())


def _tokens(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Consequence]:
    was, now = _accounts(before), _accounts(after)
    for name in dict.fromkeys([*was, *now]):
        if name not in was or name not in now:
            words = "is new" if name in now else "goes"
        elif was[name] != now[name]:
            words = "gives its pods a token" if now[name] else "gives its pods no token any more"
        else:
            continue
        yield Consequence(kind="rights", subject=f"ServiceAccount {name}", words=words)


def _accounts(objects: Sequence[Object]) -> dict[str, bool]:
    return {
        each.name: each.manifest.get("automountServiceAccountToken", True) is not False
        for each in objects
        if each.kind == "ServiceAccount"
    }
