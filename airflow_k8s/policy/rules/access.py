"""Who may do what through the Kubernetes API."""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.console.text import joined
from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule
from airflow_k8s.rendering.manifests import CHART, Object

_ROLES = ("Role", "ClusterRole")
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_FIELDS = ("apiGroups", "resources", "verbs", "nonResourceURLs")
_TO_SECRETS = ("secrets", "serviceaccounts/token", "roles", "rolebindings")
_AS_ANOTHER = ("impersonate", "escalate", "bind")


@rule(remedy="Write out the groups, resources and verbs that are needed.")
def rbac_no_wildcard(scope: Scope) -> Iterator[Finding]:
    """No role allows everything of a kind: tomorrow's resources and verbs would be among it."""
    for role in scope.of_kind(*_ROLES):
        # A part of a text will do: */scale is one, and /api/*.
        wide = [f for f in _FIELDS if any("*" in t for r in _rules(role) for t in r.get(f) or ())]
        if wide:
            yield finding_for(role, f"* in {joined(wide)}")


@rule(remedy="Make it a Role, bound to service accounts of the namespace alone.")
def rbac_in_the_namespace(scope: Scope) -> Iterator[Finding]:
    """No role reaches beyond the platform's namespace, and nobody from outside has one in it."""
    for each in scope.of_kind("ClusterRole", "ClusterRoleBinding"):
        yield finding_for(each, "it counts in the whole cluster")
    for binding in scope.of_kind("RoleBinding"):
        if binding.manifest["roleRef"]["kind"] == "ClusterRole":
            name = binding.manifest["roleRef"]["name"]
            yield finding_for(
                binding, f"it binds ClusterRole {name}, whose rules are written elsewhere"
            )
        for subject in binding.manifest.get("subjects") or ():
            whose = subject.get("namespace", binding.namespace)
            if subject["kind"] != "ServiceAccount" or whose != binding.namespace:
                yield finding_for(
                    binding, f"it is for {subject['kind']} {subject['name']} from outside"
                )


@rule(remedy="Leave rbac.create off in values: components/pod_access.py has a role for each part.")
def chart_makes_no_role(scope: Scope) -> Iterator[Finding]:
    """Roles are the program's, one for each part: the chart binds one that may do all that any of
    them needs, run commands in every pod among it."""
    for each in scope.of_kind(*_ROLES, *_BINDINGS):
        if each.origin == CHART:
            yield finding_for(each, "it comes from the chart")


@rule(remedy="Let the kubelet hand a pod its Secrets, by secretKeyRef or a volume.")
def rbac_no_secrets(scope: Scope) -> Iterator[Finding]:
    """No role reads Secrets: whoever holds its token would read all of them, and one that creates
    tokens, roles or bindings, or acts as another, could make itself one that does."""
    for role in scope.of_kind(*_ROLES):
        for each in _rules(role):
            resources, verbs = each.get("resources") or (), each["verbs"]
            for resource in _TO_SECRETS:
                if resource in resources:
                    yield finding_for(role, f"it may {joined(verbs)} {resource}")
            for verb in _AS_ANOTHER:
                if verb in verbs and not set(resources) & set(_TO_SECRETS):
                    yield finding_for(role, f"it may {verb} {joined(resources)}")


@rule(
    needs_complete_stack=True,
    remedy="Set automountServiceAccountToken: false and mount none, or bind its account to a role"
    " that it needs.",
)
def token_only_where_needed(scope: Scope) -> Iterator[Finding]:
    """A pod has a token for the Kubernetes API only where a role says what it does there."""
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
            yield finding_for(subject, f"it has the token of {account}, which no role is bound to")


def _projected(spec: Any) -> bool:
    """Whether a volume holds the token; one for another audience opens something else."""
    tokens = (
        source.get("serviceAccountToken")
        for volume in spec.get("volumes") or ()
        for source in (volume.get("projected") or {}).get("sources") or ()
    )
    return any(token and not token.get("audience") for token in tokens)


def _rules(role: Object) -> list[Any]:
    return role.manifest.get("rules") or []
