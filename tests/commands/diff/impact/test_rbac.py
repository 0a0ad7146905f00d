"""What accounts may do in the Kubernetes API now and might not before."""

from typing import Any

from airflow_k8s.commands.diff.impact.rbac import granted, rights
from airflow_k8s.rendering.manifests import Object
from tests.commands.diff.samples import made


def role(*verbs: str, resource: str = "pods", kind: str = "Role") -> Object:
    rule = {"apiGroups": [""], "resources": [resource], "verbs": list(verbs)}
    return made(kind, "r", rules=[rule])


def binding(kind: str = "RoleBinding", role_kind: str = "Role", name: str = "r") -> Object:
    subject = {"kind": "ServiceAccount", "name": "airflow-scheduler", "namespace": "airflow"}
    return made(kind, "b", roleRef={"kind": role_kind, "name": name}, subjects=[subject])


def account(**fields: Any) -> Object:
    return made("ServiceAccount", "airflow-scheduler", **fields)


def told(before: list[Object], after: list[Object]) -> list[tuple[str, str]]:
    return [(each.subject, each.words) for each in rights(before, after)]


def test_an_account_gains_and_loses_by_verb() -> None:
    before, after = [role("get", "list"), binding()], [role("get", "delete"), binding()]
    assert told(before, after) == [
        ("ServiceAccount airflow-scheduler", "may now delete pods; may no longer list pods")
    ]


def test_rules_that_are_written_otherwise_and_say_the_same_are_no_change() -> None:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": [v]} for v in ("list", "get")]
    assert told([role("get", "list"), binding()], [made("Role", "r", rules=rules), binding()]) == []


def test_a_role_that_nobody_has_gives_nothing() -> None:
    assert told([], [role("get")]) == []


def test_a_binding_for_the_cluster_is_told_as_one() -> None:
    after = [role("get", kind="ClusterRole"), binding("ClusterRoleBinding", "ClusterRole")]
    assert told([], after) == [
        ("ServiceAccount airflow-scheduler", "may now get pods in every namespace")
    ]


def test_somebody_elses_role_is_told_by_its_name() -> None:
    after = [binding(role_kind="ClusterRole", name="cluster-admin")]
    assert told([], after) == [
        ("ServiceAccount airflow-scheduler", "may now act by ClusterRole cluster-admin")
    ]


def test_groups_names_and_addresses_are_part_of_a_right() -> None:
    rules = [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments"],
            "resourceNames": ["a"],
            "verbs": ["get"],
        },
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
    ]
    assert granted([made("Role", "r", rules=rules), binding()]) == {
        "ServiceAccount airflow-scheduler": {("get", "deployments.apps a"), ("get", "/metrics")}
    }


def test_a_token_for_the_pods_of_an_account_is_told() -> None:
    without, with_one = account(automountServiceAccountToken=False), account()
    assert told([without], [with_one]) == [
        ("ServiceAccount airflow-scheduler", "gives its pods a token")
    ]
    assert told([with_one], [without]) == [
        ("ServiceAccount airflow-scheduler", "gives its pods no token any more")
    ]
    assert told([with_one], [account(automountServiceAccountToken=True)]) == []


def test_accounts_come_and_go() -> None:
    assert [words for _, words in told([], [account()])] == ["is new"]
    assert [words for _, words in told([account()], [])] == ["goes"]


def test_the_same_role_in_another_namespace_is_another_right() -> None:
    def there(namespace: str) -> list[Object]:
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

    ((_, words),) = told(there("airflow"), there("kube-system"))
    assert words == "may now get pods in kube-system; may no longer get pods"


def test_an_account_of_another_namespace_is_another_one() -> None:
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": "other"}
    foreign = made("RoleBinding", "b", roleRef={"kind": "Role", "name": "r"}, subjects=[subject])
    assert told([], [role("get"), foreign]) == [
        ("ServiceAccount default of other", "may now get pods")
    ]


def test_a_role_in_the_cloud_is_told() -> None:
    before, after = (account(annotations={"role-arn": each}) for each in ("reader", "admin"))
    ((_, words),) = told([before], [after])
    assert words == "role-arn: reader → admin; for pods that start from now on"
