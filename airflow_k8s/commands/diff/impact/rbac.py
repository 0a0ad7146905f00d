"""What accounts may do in the Kubernetes API now and might not before, and the other way round."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from airflow_k8s.commands.diff.impact.consequence import Consequence
from airflow_k8s.rendering.manifests import Object

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
    yield from _identities(before, after)


def granted(objects: Sequence[Object]) -> dict[str, set[Right]]:
    """What the bindings among the objects give to each account."""
    roles = {
        (each.kind, each.name, each.namespace if each.kind == "Role" else ""): (
            each.manifest.get("rules") or []
        )
        for each in objects
        # What an aggregated role says is filled in by the control plane.
        if each.kind == "Role"
        or (each.kind == "ClusterRole" and not each.manifest.get("aggregationRule"))
    }
    home = _home(objects)
    found: dict[str, set[Right]] = {}
    for each in objects:
        if each.kind not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        reference = each.manifest["roleRef"]
        place = each.namespace if reference["kind"] == "Role" else ""
        rules = roles.get((reference["kind"], reference["name"], place))
        where = f" in {each.namespace}" if each.namespace not in ("", home) else ""
        where = " in every namespace" if each.kind == "ClusterRoleBinding" else where
        for subject in each.manifest.get("subjects") or []:
            of = subject.get("namespace", "")
            elsewhere = f" of {of}" if of not in ("", home, each.namespace) else ""
            account = f"{subject['kind']} {subject['name']}{elsewhere}"
            rules_there = found.setdefault(account, set())
            if rules is None:  # somebody else's role: what it says is not known here
                rules_there.add(("act by", f"{reference['kind']} {reference['name']}{where}"))
            for rule in rules or []:
                rules_there |= {(verb, f"{what}{where}") for verb, what in _of_rule(rule)}
    return found


def _home(objects: Sequence[Object]) -> str:
    """The stack's own namespace, which goes without saying."""
    made = [each.name for each in objects if each.kind == "Namespace"]
    used = Counter(each.namespace for each in objects if each.namespace).most_common(1)
    return (made or [name for name, _ in used] or [""])[0]


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


def _identities(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Consequence]:
    """Annotations give a cloud's role to an account; pods that run keep what they started with."""
    was, now = _annotations(before), _annotations(after)
    for name in sorted(was.keys() & now.keys()):
        keys = [k for k in {**was[name], **now[name]} if was[name].get(k) != now[name].get(k)]
        if keys:
            told = ", ".join(
                f"{key}: {was[name].get(key, 'none')} → {now[name].get(key, 'none')}"
                for key in keys
            )
            words = f"{told}; for pods that start from now on"
            yield Consequence(kind="rights", subject=f"ServiceAccount {name}", words=words)


def _annotations(objects: Sequence[Object]) -> dict[str, Mapping[str, str]]:
    return {
        each.name: each.manifest["metadata"].get("annotations") or {}
        for each in objects
        if each.kind == "ServiceAccount"
    }
