"""What accounts may do in the Kubernetes API: permissions, tokens and roles in the cloud."""

from typing import Any

from airflow_k8s.commands.diff.impact.rbac import permission_consequences, permissions_by_account
from airflow_k8s.rendering.manifests import Object
from tests.commands.diff.impact.facts import messages
from tests.commands.diff.samples import made


def role(*verbs: str, resource: str = "pods", kind: str = "Role") -> Object:
    rule = {"apiGroups": [""], "resources": [resource], "verbs": list(verbs)}
    return made(kind, "r", rules=[rule])


def binding(kind: str = "RoleBinding", role_kind: str = "Role", name: str = "r") -> Object:
    subject = {"kind": "ServiceAccount", "name": "airflow-scheduler", "namespace": "airflow"}
    return made(kind, "b", roleRef={"kind": role_kind, "name": name}, subjects=[subject])


def account(**fields: Any) -> Object:
    return made("ServiceAccount", "airflow-scheduler", **fields)


def changes(before: list[Object], after: list[Object]) -> list[tuple[str, str]]:
    return messages(permission_consequences(before, after))


def test_an_account_gains_and_loses_verbs() -> None:
    before, after = [role("get", "list"), binding()], [role("get", "delete"), binding()]
    assert changes(before, after) == [
        ("ServiceAccount airflow-scheduler", "may now delete pods; may no longer list pods")
    ]


def test_one_rule_split_into_two_is_no_change() -> None:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": [v]} for v in ("list", "get")]
    assert (
        changes([role("get", "list"), binding()], [made("Role", "r", rules=rules), binding()]) == []
    )


def test_a_role_without_a_binding_grants_nothing() -> None:
    assert changes([], [role("get")]) == []


def test_a_cluster_role_binding_grants_in_every_namespace() -> None:
    after = [role("get", kind="ClusterRole"), binding("ClusterRoleBinding", "ClusterRole")]
    assert changes([], after) == [
        ("ServiceAccount airflow-scheduler", "may now get pods in every namespace")
    ]


def test_a_role_that_the_stack_does_not_declare_is_reported_by_its_name() -> None:
    after = [binding(role_kind="ClusterRole", name="cluster-admin")]
    assert changes([], after) == [
        ("ServiceAccount airflow-scheduler", "may now use the rules of ClusterRole cluster-admin")
    ]


def test_api_groups_resource_names_and_urls_are_part_of_a_permission() -> None:
    rules = [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments"],
            "resourceNames": ["a"],
            "verbs": ["get"],
        },
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
    ]
    assert permissions_by_account([made("Role", "r", rules=rules), binding()]) == {
        "ServiceAccount airflow-scheduler": {("get", "deployments.apps a"), ("get", "/metrics")}
    }


def test_a_token_that_pods_get_or_lose_is_reported() -> None:
    without, with_one = account(automountServiceAccountToken=False), account()
    assert changes([without], [with_one]) == [
        ("ServiceAccount airflow-scheduler", "automountServiceAccountToken: false → true")
    ]
    assert changes([with_one], [without]) == [
        ("ServiceAccount airflow-scheduler", "automountServiceAccountToken: true → false")
    ]
    assert changes([with_one], [account(automountServiceAccountToken=True)]) == []


def test_an_account_that_is_added_or_removed_is_reported() -> None:
    assert changes([], [account()]) == [("ServiceAccount airflow-scheduler", "added")]
    assert changes([account()], []) == [("ServiceAccount airflow-scheduler", "removed")]


def test_the_same_role_in_another_namespace_is_another_permission() -> None:
    def bound_in(namespace: str) -> list[Object]:
        subject = {"kind": "ServiceAccount", "name": "airflow-scheduler", "namespace": "airflow"}
        return [
            made("Namespace", "airflow", namespace=""),
            made("Role", "r", namespace=namespace, rules=role("get").manifest["rules"]),
            made(
                "RoleBinding",
                "b",
                namespace=namespace,
                roleRef={"kind": "Role", "name": "r"},
                subjects=[subject],
            ),
        ]

    ((_, message),) = changes(bound_in("airflow"), bound_in("kube-system"))
    assert message == "may now get pods in kube-system; may no longer get pods"


def test_an_account_in_another_namespace_is_another_account() -> None:
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": "other"}
    foreign = made("RoleBinding", "b", roleRef={"kind": "Role", "name": "r"}, subjects=[subject])
    assert changes([], [role("get"), foreign]) == [
        ("ServiceAccount default in namespace other", "may now get pods")
    ]


def test_a_changed_role_in_the_cloud_is_reported() -> None:
    before, after = (account(annotations={"role-arn": role}) for role in ("reader", "admin"))
    ((_, message),) = changes([before], [after])
    assert message == "role-arn: reader → admin; for pods that start from now on"
