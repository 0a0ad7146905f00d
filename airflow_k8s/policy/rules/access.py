"""Rules for roles, and for the service account tokens of pods."""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.console.text import joined
from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule
from airflow_k8s.rendering.manifests import CHART, Object

_ROLES = ("Role", "ClusterRole")
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_FIELDS = ("apiGroups", "resources", "verbs", "nonResourceURLs")
_GIVES_SECRETS = ("secrets", "serviceaccounts/token", "roles", "rolebindings")
_ESCALATION = ("impersonate", "escalate", "bind")


@rule(remedy="List the API groups, resources and verbs that are needed.")
def rbac_no_wildcard(scope: Scope) -> Iterator[Finding]:
    """No role has a wildcard: it would also allow resources and verbs that are added later."""
    for role in scope.of_kind(*_ROLES):
        # A wildcard may be part of a text: */scale, /api/*.
        wide = [f for f in _FIELDS if any("*" in t for r in _rules(role) for t in r.get(f) or ())]
        if wide:
            yield finding_for(role, f"* in {joined(wide)}")


@rule(remedy="Declare a Role, and bind it only to service accounts of the namespace.")
def rbac_in_the_namespace(scope: Scope) -> Iterator[Finding]:
    """No role applies outside the platform's namespace, and roles in it are bound only to its own
    service accounts."""
    for item in scope.of_kind("ClusterRole", "ClusterRoleBinding"):
        yield finding_for(item, "it applies to the complete cluster")
    for binding in scope.of_kind("RoleBinding"):
        if binding.manifest["roleRef"]["kind"] == "ClusterRole":
            name = binding.manifest["roleRef"]["name"]
            yield finding_for(
                binding, f"it binds ClusterRole {name}, whose rules are not part of the stack"
            )
        for subject in binding.manifest.get("subjects") or ():
            whose = subject.get("namespace", binding.namespace)
            if subject["kind"] != "ServiceAccount" or whose != binding.namespace:
                yield finding_for(
                    binding,
                    f"its subject {subject['kind']} {subject['name']} is outside the namespace",
                )


@rule(remedy="Do not set rbac.create in values: components/pod_access.py declares the roles.")
def chart_makes_no_role(scope: Scope) -> Iterator[Finding]:
    """The program declares a role for every component. The chart declares none: its role has the
    permissions of all components together, including to run commands in every pod."""
    for item in scope.of_kind(*_ROLES, *_BINDINGS):
        if item.origin == CHART:
            yield finding_for(item, "the chart declares it")


@rule(remedy="Let the kubelet pass Secrets to the pod, by secretKeyRef or a volume.")
def rbac_no_secrets(scope: Scope) -> Iterator[Finding]:
    """No role can read Secrets, because its token would give access to all of them. No role can
    create tokens, roles or bindings, or impersonate: it could give itself the same access."""
    for role in scope.of_kind(*_ROLES):
        for rule_ in _rules(role):
            resources, verbs = rule_.get("resources") or (), rule_["verbs"]
            for resource in _GIVES_SECRETS:
                if resource in resources:
                    yield finding_for(role, f"it may {joined(verbs)} {resource}")
            for verb in _ESCALATION:
                if verb in verbs and not set(resources) & set(_GIVES_SECRETS):
                    yield finding_for(role, f"it may {verb} {joined(resources)}")


@rule(
    needs_complete_stack=True,
    remedy="Set automountServiceAccountToken: false and mount no token, or bind the service account"
    " to the role that it needs.",
)
def token_only_where_needed(scope: Scope) -> Iterator[Finding]:
    """A pod has a token for the Kubernetes API only if a role is bound to its service account."""
    accounts = {
        o.name: o.manifest.get("automountServiceAccountToken")
        for o in scope.of_kind("ServiceAccount")
    }
    bound = {
        subject["name"]
        for binding in scope.of_kind(*_BINDINGS)
        for subject in binding.manifest.get("subjects") or ()
        if subject["kind"] == "ServiceAccount"
    }
    for subject, template in scope.pod_templates():
        spec = template["spec"]
        account = spec.get("serviceAccountName") or "default"
        mounted = spec.get("automountServiceAccountToken", accounts.get(account)) is not False
        if (mounted or _projected(spec)) and account not in bound:
            yield finding_for(subject, f"it has a token of {account}, which is bound to no role")


def _projected(spec: Any) -> bool:
    """Whether a volume contains the token for the Kubernetes API.

    A token for another audience is for another service.
    """
    tokens = (
        source.get("serviceAccountToken")
        for volume in spec.get("volumes") or ()
        for source in (volume.get("projected") or {}).get("sources") or ()
    )
    return any(token and not token.get("audience") for token in tokens)


def _rules(role: Object) -> list[Any]:
    return role.manifest.get("rules") or []
