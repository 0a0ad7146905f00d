"""What accounts may do in the Kubernetes API: permissions, tokens and roles in the cloud."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind
from airflow_k8s.commands.diff.pairs import Action
from airflow_k8s.rendering.manifests import Object

Permission = tuple[str, str]  # a verb, and the resource or address that it applies to


def permission_consequences(
    before: Sequence[Object], after: Sequence[Object]
) -> Iterator[Consequence]:
    """What each account gains and loses."""
    old, new = permissions_by_account(before), permissions_by_account(after)
    for account in dict.fromkeys([*old, *new]):
        gained = new.get(account, set()) - old.get(account, set())
        lost = old.get(account, set()) - new.get(account, set())
        messages = [
            f"{label} {_listed(permissions)}"
            for label, permissions in (("may now", gained), ("may no longer", lost))
            if permissions
        ]
        if messages:
            yield Consequence(kind=Kind.PERMISSION, subject=account, message="; ".join(messages))
    yield from _token_consequences(before, after)
    yield from _cloud_role_consequences(before, after)


def permissions_by_account(objects: Sequence[Object]) -> dict[str, set[Permission]]:
    """The permissions that role bindings among the objects grant, by account."""
    roles = {
        (obj.kind, obj.name, obj.namespace if obj.kind == "Role" else ""): (
            obj.manifest.get("rules") or []
        )
        for obj in objects
        # The control plane fills in the rules of an aggregated role.
        if obj.kind == "Role"
        or (obj.kind == "ClusterRole" and not obj.manifest.get("aggregationRule"))
    }
    home = _stack_namespace(objects)
    granted: dict[str, set[Permission]] = {}
    for binding in objects:
        if binding.kind not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        reference = binding.manifest["roleRef"]
        namespace = binding.namespace if reference["kind"] == "Role" else ""
        rules = roles.get((reference["kind"], reference["name"], namespace))
        scope = f" in {binding.namespace}" if binding.namespace not in ("", home) else ""
        scope = " in every namespace" if binding.kind == "ClusterRoleBinding" else scope
        for subject in binding.manifest.get("subjects") or []:
            permissions = granted.setdefault(_account(subject, home, binding.namespace), set())
            if rules is None:  # the stack does not declare the role, so its rules are unknown
                role = f"{reference['kind']} {reference['name']}"
                permissions.add(("use the rules of", f"{role}{scope}"))
            for rule in rules or []:
                permissions |= {(verb, f"{what}{scope}") for verb, what in _in_rule(rule)}
    return granted


def _account(subject: Mapping[str, Any], home: str, namespace: str) -> str:
    """The kind and name of a binding's subject, and its namespace if it is another one."""
    of = subject.get("namespace", "")
    elsewhere = f" in namespace {of}" if of not in ("", home, namespace) else ""
    return f"{subject['kind']} {subject['name']}{elsewhere}"


def _stack_namespace(objects: Sequence[Object]) -> str:
    """The stack's own namespace, which messages leave out."""
    declared = [obj.name for obj in objects if obj.kind == "Namespace"]
    used = Counter(obj.namespace for obj in objects if obj.namespace).most_common(1)
    return (declared or [name for name, _ in used] or [""])[0]


def _in_rule(rule: Mapping[str, Any]) -> Iterator[Permission]:
    names = rule.get("resourceNames") or [""]
    for verb, group, resource, name in product(
        rule.get("verbs") or [], rule.get("apiGroups") or [""], rule.get("resources") or [], names
    ):
        yield verb, f"{resource}{f'.{group}' if group else ''}{f' {name}' if name else ''}"
    for verb, url in product(rule.get("verbs") or [], rule.get("nonResourceURLs") or []):
        yield verb, url


def _listed(permissions: set[Permission]) -> str:
    """The permissions in one line, those with the same verbs together."""
    verbs_by_resource: dict[str, list[str]] = {}
    for verb, resource in sorted(permissions):
        verbs_by_resource.setdefault(resource, []).append(verb)
    resources_by_verbs: dict[str, list[str]] = {}
    for resource, verbs in verbs_by_resource.items():
        resources_by_verbs.setdefault(" ".join(verbs), []).append(resource)
    return ", ".join(
        f"{verbs} {', '.join(resources)}" for verbs, resources in resources_by_verbs.items()
    )


def _token_consequences(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Consequence]:
    """Service accounts that are added or removed, or whose pods get or lose their token."""
    old, new = _mounts_token(before), _mounts_token(after)
    for name in dict.fromkeys([*old, *new]):
        if name not in old:
            message = Action.ADDED.value
        elif name not in new:
            message = Action.REMOVED.value
        elif old[name] != new[name]:
            sides = " → ".join("true" if mounts else "false" for mounts in (old[name], new[name]))
            message = f"automountServiceAccountToken: {sides}"
        else:
            continue
        yield Consequence(kind=Kind.PERMISSION, subject=f"ServiceAccount {name}", message=message)


def _mounts_token(objects: Sequence[Object]) -> dict[str, bool]:
    """Whether pods get a token by default, by service account; the API's default is yes."""
    return {
        obj.name: obj.manifest.get("automountServiceAccountToken", True) is not False
        for obj in objects
        if obj.kind == "ServiceAccount"
    }


def _cloud_role_consequences(
    before: Sequence[Object], after: Sequence[Object]
) -> Iterator[Consequence]:
    """Annotations give a cloud's role to a service account. Running pods keep the old role."""
    old, new = _annotations(before), _annotations(after)
    for name in sorted(old.keys() & new.keys()):
        keys = [
            key for key in {**old[name], **new[name]} if old[name].get(key) != new[name].get(key)
        ]
        if keys:
            values = ", ".join(
                f"{key}: {old[name].get(key, 'none')} → {new[name].get(key, 'none')}"
                for key in keys
            )
            yield Consequence(
                kind=Kind.PERMISSION,
                subject=f"ServiceAccount {name}",
                message=f"{values}; for pods that start from now on",
            )


def _annotations(objects: Sequence[Object]) -> dict[str, Mapping[str, str]]:
    return {
        obj.name: obj.manifest["metadata"].get("annotations") or {}
        for obj in objects
        if obj.kind == "ServiceAccount"
    }
