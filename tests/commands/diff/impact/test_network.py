"""Connections that NetworkPolicies allow or deny now, and how pods are reached from outside."""

from typing import Any

import pytest

from airflow_k8s.commands.diff.impact.consequence import Reason
from airflow_k8s.commands.diff.impact.network import exposure_consequences, policy_consequences
from airflow_k8s.rendering.manifests import Object
from tests.commands.diff.impact.facts import messages
from tests.commands.diff.samples import changed, made

BOTH = ["Ingress", "Egress"]
DENY = made("NetworkPolicy", "deny", spec={"podSelector": {}, "policyTypes": BOTH})


def policy(component: str, **spec: Any) -> Object:
    selector = {"matchLabels": {"component": component}}
    complete = {"podSelector": selector, "policyTypes": BOTH} | spec
    return made("NetworkPolicy", f"airflow-{component}", spec=complete)


def from_worker(*ports: int) -> list[Any]:
    peer = {"podSelector": {"matchLabels": {"component": "worker"}}}
    return [{"from": [peer], "ports": [{"port": port} for port in ports]}]


def changes(before: list[Object], after: list[Object]) -> list[tuple[str, str]]:
    return messages(policy_consequences(before, after))


def test_a_new_rule_allows_connections_and_a_removed_rule_no_longer_does() -> None:
    before = [DENY, policy("api-server", ingress=from_worker(8080))]
    after = [DENY, policy("api-server", ingress=from_worker(9090))]
    assert changes(before, after) == [
        (
            "api-server",
            "allows ingress from worker on port 9090;"
            " no longer allows ingress from worker on port 8080",
        )
    ]


def test_the_same_rules_in_another_order_are_no_change() -> None:
    one = policy("api-server", ingress=[*from_worker(1), *from_worker(2)])
    other = policy("api-server", ingress=[*from_worker(2), *from_worker(1)])
    assert changes([one], [other]) == []


def test_a_rule_without_peers_and_ports_allows_everything() -> None:
    assert changes([DENY, policy("ui")], [DENY, policy("ui", ingress=[{}])]) == [
        ("ui", "allows ingress from anywhere on every port")
    ]


def test_rules_of_a_direction_that_is_not_among_the_policy_types_have_no_effect() -> None:
    only_in = policy("ui", policyTypes=["Ingress"], egress=[{}])
    assert changes([DENY, policy("ui")], [DENY, only_in]) == []


def test_pods_that_are_isolated_for_the_first_time_are_reported_with_the_exceptions() -> None:
    after = [policy("api-server", ingress=from_worker(8080)), DENY]
    assert changes([], after) == [
        ("api-server", "ingress is denied now except from worker on port 8080"),
        ("every pod", "ingress is denied now"),
        ("api-server", "egress is denied now"),
        ("every pod", "egress is denied now"),
    ]
    assert {found.reason for found in policy_consequences([], after)} == {Reason.ISOLATED}


def test_pods_that_no_policy_selects_any_more_are_no_longer_isolated() -> None:
    found = list(policy_consequences([policy("api-server", ingress=from_worker(8080))], []))
    assert [consequence.subject for consequence in found] == ["api-server", "api-server"]
    assert {consequence.reason for consequence in found} == {Reason.NOT_ISOLATED}
    assert [consequence.message.split()[-1] for consequence in found] == ["ingress", "egress"]


def test_a_policy_that_loses_one_direction_no_longer_isolates_in_that_direction() -> None:
    only_in = made("NetworkPolicy", "deny", spec={"podSelector": {}, "policyTypes": ["Ingress"]})
    (found,) = policy_consequences([DENY], [only_in])
    assert (found.subject, found.reason) == ("every pod", Reason.NOT_ISOLATED)
    assert found.message.endswith("egress")


def test_a_removed_policy_only_denies_while_another_one_isolates_its_pods() -> None:
    before = [DENY, policy("api-server", ingress=from_worker(8080))]
    assert changes(before, [DENY]) == [
        ("api-server", "no longer allows ingress from worker on port 8080")
    ]


def out_to(peer: Any, **port: Any) -> list[Object]:
    return [DENY, policy("task", egress=[{"to": [peer], "ports": [{"port": 53} | port]}])]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            out_to({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}),
            out_to({"ipBlock": {"cidr": "0.0.0.0/0"}}),
            "allows egress to 0.0.0.0/0 on port 53;"
            " no longer allows egress to 0.0.0.0/0 except 169.254.0.0/16 on port 53",
        ),
        (
            out_to({"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "dns"}}}),
            out_to({"namespaceSelector": {}}),
            "allows egress to namespace * on port 53;"
            " no longer allows egress to dns in namespace * on port 53",
        ),
        (
            out_to({"ipBlock": {"cidr": "10.0.0.0/8"}}),
            out_to({"ipBlock": {"cidr": "10.0.0.0/8"}}, endPort=99, protocol="UDP"),
            "allows egress to 10.0.0.0/8 on port 53-99/UDP;"
            " no longer allows egress to 10.0.0.0/8 on port 53",
        ),
    ],
)
def test_exceptions_pods_in_a_namespace_port_ranges_and_protocols_are_part_of_a_rule(
    before: list[Object], after: list[Object], message: str
) -> None:
    assert changes(before, after) == [("task", message)]


def test_a_protocol_that_is_the_default_is_no_change() -> None:
    peer = {"ipBlock": {"cidr": "10.0.0.0/8"}}
    assert changes(out_to(peer), out_to(peer, protocol="TCP")) == []


def test_a_service_that_becomes_reachable_from_outside_is_reported() -> None:
    before, after = (
        made("Service", "ui", spec={"type": kind}) for kind in ("ClusterIP", "LoadBalancer")
    )
    assert messages(exposure_consequences(changed(before, after))) == [
        ("Service/ui", "spec.type: ClusterIP → LoadBalancer")
    ]


def test_an_ingress_that_is_added_is_reported() -> None:
    assert messages(exposure_consequences(changed(None, made("Ingress", "ui")))) == [
        ("Ingress/ui", "added")
    ]
