"""Rules for roles, and for the service account tokens of pods."""

from typing import Any

import pytest

from airflow_k8s.policy.rules import access
from airflow_k8s.rendering.manifests import CHART, Object
from tests.policy.samples import deployment, findings_of, made, scope


def role(kind: str = "Role", **rule: Any) -> Object:
    plain = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
    return made(kind, "own", rules=[plain, plain | rule])


def binding(account: str = "airflow-scheduler", **body: Any) -> Object:
    subjects = [{"kind": "ServiceAccount", "name": account, "namespace": "airflow"}]
    refers: dict[str, Any] = {"roleRef": {"kind": "Role", "name": "own"}, "subjects": subjects}
    return made(body.pop("kind", "RoleBinding"), "own", **refers | body)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"verbs": ["*"]}, "* in verbs"),
        ({"resources": ["*"], "apiGroups": ["*"]}, "* in apiGroups and resources"),
        ({"resources": ["*/scale"]}, "* in resources"),
        ({"nonResourceURLs": ["/api/*"]}, "* in nonResourceURLs"),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["Role", "ClusterRole"])
def test_a_wildcard_in_a_role_is_a_finding(kind: str, rule: Any, message: str) -> None:
    assert findings_of(access.rbac_no_wildcard, scope([role(kind, **rule)])) == [
        f"{kind}/own: {message}"
    ]


def test_a_role_without_wildcards_is_accepted() -> None:
    assert not findings_of(
        access.rbac_no_wildcard, scope([role(), made("Role", "empty", rules=None)])
    )


def test_a_cluster_role_is_a_finding() -> None:
    objects = [role("ClusterRole"), binding(kind="ClusterRoleBinding")]
    assert findings_of(access.rbac_in_the_namespace, scope(objects)) == [
        "ClusterRole/own: it applies to the complete cluster",
        "ClusterRoleBinding/own: it applies to the complete cluster",
    ]
    assert not findings_of(access.rbac_in_the_namespace, scope([role(), binding()]))


def test_a_binding_of_a_cluster_role_is_a_finding() -> None:
    bound = binding(roleRef={"kind": "ClusterRole", "name": "admin"})
    assert findings_of(access.rbac_in_the_namespace, scope([bound])) == [
        "RoleBinding/own: it binds ClusterRole admin, whose rules are not part of the stack"
    ]


@pytest.mark.parametrize(
    ("subject", "outside"),
    [
        ({"kind": "ServiceAccount", "name": "own", "namespace": "airflow"}, False),
        ({"kind": "ServiceAccount", "name": "theirs", "namespace": "other"}, True),
        ({"kind": "Group", "name": "system:authenticated"}, True),
        ({"kind": "User", "name": "somebody"}, True),
    ],
    ids=lambda each: each.get("kind") if isinstance(each, dict) else str(each),
)
def test_a_binding_for_a_subject_outside_the_namespace_is_a_finding(
    subject: dict[str, str], outside: bool
) -> None:
    message = (
        f"RoleBinding/own: its subject {subject['kind']} {subject['name']} is outside the namespace"
    )
    found = findings_of(access.rbac_in_the_namespace, scope([binding(subjects=[subject])]))
    assert found == ([message] if outside else [])


@pytest.mark.parametrize("kind", ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"])
def test_a_role_of_the_chart_is_a_finding(kind: str) -> None:
    of_chart = made(kind, "airflow-pod-launcher", origin=CHART)
    assert findings_of(access.chart_makes_no_role, scope([of_chart, role(), binding()])) == [
        f"{kind}/airflow-pod-launcher: the chart declares it"
    ]


@pytest.mark.parametrize("resource", ["secrets", "serviceaccounts/token", "roles", "rolebindings"])
def test_a_role_that_gives_access_to_secrets_is_a_finding(resource: str) -> None:
    judged = scope([role(resources=["pods", resource], verbs=["get", "create"])])
    assert findings_of(access.rbac_no_secrets, judged) == [
        f"Role/own: it may get and create {resource}"
    ]
    assert not findings_of(access.rbac_no_secrets, scope([role()]))


@pytest.mark.parametrize("verb", ["impersonate", "escalate", "bind"])
def test_a_role_that_impersonates_or_escalates_is_a_finding(verb: str) -> None:
    judged = scope([role(resources=["serviceaccounts"], verbs=[verb])])
    assert findings_of(access.rbac_no_secrets, judged) == [
        f"Role/own: it may {verb} serviceaccounts"
    ]


def test_a_role_that_binds_roles_is_one_finding() -> None:
    judged = scope([role(resources=["roles"], verbs=["bind"])])
    assert findings_of(access.rbac_no_secrets, judged) == ["Role/own: it may bind roles"]


def test_a_rule_for_urls_has_no_resources() -> None:
    of_addresses = made("ClusterRole", "own", rules=[{"nonResourceURLs": ["/"], "verbs": ["get"]}])
    assert not findings_of(access.rbac_no_secrets, scope([of_addresses]))


def account(name: str, mounts: bool | None = None) -> Object:
    body: dict[str, Any] = {} if mounts is None else {"automountServiceAccountToken": mounts}
    return made("ServiceAccount", name, **body)


def with_account(name: str | None = "own", mounts: bool | None = None) -> Object:
    return deployment(serviceAccountName=name, automountServiceAccountToken=mounts)


def with_token(*objects: Object) -> list[str]:
    return findings_of(access.token_only_where_needed, scope(objects))


def unset(subject: Object) -> Object:
    """The pod says nothing of a token."""
    subject.manifest["spec"]["template"]["spec"].pop("automountServiceAccountToken")
    return subject


def test_a_token_without_a_role_is_a_finding() -> None:
    message = "Deployment/airflow-scheduler: it has a token of own, which is bound to no role"
    assert with_token(unset(with_account()), account("own")) == [message], (
        "what breaks into the pod could ask the Kubernetes API"
    )
    assert with_token(unset(with_account()), account("own"), binding("other")) == [message]
    assert not with_token(unset(with_account()), account("own"), binding("own"))
    of_the_cluster = binding("own", kind="ClusterRoleBinding")
    assert not with_token(unset(with_account()), account("own"), of_the_cluster)


def test_a_service_account_can_disable_its_token() -> None:
    assert not with_token(unset(with_account()), account("own", mounts=False))


@pytest.mark.parametrize(
    ("source", "opens"),
    [
        ({"serviceAccountToken": {"path": "token"}}, True),
        ({"serviceAccountToken": {"path": "token", "audience": "sts.amazonaws.com"}}, False),
        ({"configMap": {"name": "kube-root-ca.crt"}}, False),
    ],
    ids=str,
)
def test_a_token_in_a_volume_counts(source: dict[str, Any], opens: bool) -> None:
    volume = {"name": "token", "projected": {"sources": [source]}}
    subject = deployment(serviceAccountName="own", volumes=[volume])
    assert bool(with_token(subject, account("own", mounts=False))) is opens
    assert not with_token(subject, account("own", mounts=False), binding("own"))


def test_the_field_of_the_pod_overrides_the_field_of_the_service_account() -> None:
    assert not with_token(with_account(mounts=False), account("own", mounts=True))
    assert with_token(with_account(mounts=True), account("own", mounts=False))


def test_a_pod_without_a_service_account_has_the_default_one() -> None:
    (found,) = with_token(unset(with_account(None)))
    assert "a token of default" in found


def test_a_binding_for_a_user_does_not_count_for_a_service_account() -> None:
    person = binding(subjects=[{"kind": "User", "name": "own"}])
    assert with_token(unset(with_account()), account("own"), person)
    assert with_token(unset(with_account()), account("own"), binding(subjects=None))
