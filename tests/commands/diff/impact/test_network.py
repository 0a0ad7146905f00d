"""Connections that NetworkPolicies let through and did not before, and the other way round."""

from typing import Any

import pytest

from airflow_k8s.commands.diff.impact.network import doors, ways
from airflow_k8s.rendering.manifests import Object
from tests.commands.diff.samples import changed, made

BOTH = ["Ingress", "Egress"]
DENY = made("NetworkPolicy", "deny", spec={"podSelector": {}, "policyTypes": BOTH})


def policy(component: str, **spec: Any) -> Object:
    selector = {"matchLabels": {"component": component}}
    whole = {"podSelector": selector, "policyTypes": BOTH} | spec
    return made("NetworkPolicy", f"airflow-{component}", spec=whole)


def from_worker(*ports: int) -> list[Any]:
    peer = {"podSelector": {"matchLabels": {"component": "worker"}}}
    return [{"from": [peer], "ports": [{"port": port} for port in ports]}]


def told(before: list[Object], after: list[Object]) -> list[tuple[str, str]]:
    return [(each.subject, each.words) for each in ways(before, after)]


def test_a_rule_that_comes_opens_and_one_that_goes_closes() -> None:
    before = [DENY, policy("api-server", ingress=from_worker(8080))]
    after = [DENY, policy("api-server", ingress=from_worker(9090))]
    assert told(before, after) == [
        ("api-server", "opens in from worker 9090; closes in from worker 8080")
    ]


def test_the_same_rules_in_two_policies_are_no_change() -> None:
    one = policy("api-server", ingress=[*from_worker(1), *from_worker(2)])
    other = policy("api-server", ingress=[*from_worker(2), *from_worker(1)])
    assert told([one], [other]) == []


def test_a_rule_without_peers_or_ports_is_wide_open() -> None:
    assert told([DENY, policy("ui")], [DENY, policy("ui", ingress=[{}])]) == [
        ("ui", "opens in from anywhere on every port")
    ]


def test_a_direction_that_a_policy_is_not_for_says_nothing() -> None:
    only_in = policy("ui", policyTypes=["Ingress"], egress=[{}])
    assert told([DENY, policy("ui")], [DENY, only_in]) == []


def test_what_is_guarded_for_the_first_time_opens_nothing() -> None:
    assert told([], [policy("api-server", ingress=from_worker(8080)), DENY]) == [
        ("api-server", "all is denied on the way in now but in from worker 8080"),
        ("every pod", "all is denied on the way in now"),
        ("api-server", "all is denied on the way out now"),
        ("every pod", "all is denied on the way out now"),
    ]


def test_pods_that_no_policy_is_for_any_more_are_told_loudly() -> None:
    before = [policy("api-server", ingress=from_worker(8080))]
    words = "NO LONGER GUARDED: no policy denies them anything on the way"
    assert told(before, []) == [("api-server", f"{words} in"), ("api-server", f"{words} out")]


def test_a_policy_that_gives_up_one_direction_is_one_of_them() -> None:
    only_in = made("NetworkPolicy", "deny", spec={"podSelector": {}, "policyTypes": ["Ingress"]})
    ((pods, words),) = told([DENY], [only_in])
    assert pods == "every pod"
    assert words.startswith("NO LONGER GUARDED")
    assert words.endswith("on the way out")


def test_where_all_is_denied_a_policy_that_goes_only_closes() -> None:
    before = [DENY, policy("api-server", ingress=from_worker(8080))]
    assert told(before, [DENY]) == [("api-server", "closes in from worker 8080")]


def out_to(peer: Any, **port: Any) -> list[Object]:
    return [DENY, policy("task", egress=[{"to": [peer], "ports": [{"port": 53} | port]}])]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            out_to({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}),
            out_to({"ipBlock": {"cidr": "0.0.0.0/0"}}),
            "opens out to 0.0.0.0/0 53; closes out to 0.0.0.0/0 except 169.254.0.0/16 53",
        ),
        (
            out_to({"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "dns"}}}),
            out_to({"namespaceSelector": {}}),
            "opens out to namespace * 53; closes out to dns of namespace * 53",
        ),
        (
            out_to({"ipBlock": {"cidr": "10.0.0.0/8"}}),
            out_to({"ipBlock": {"cidr": "10.0.0.0/8"}}, endPort=99, protocol="UDP"),
            "opens out to 10.0.0.0/8 53-99/UDP; closes out to 10.0.0.0/8 53",
        ),
    ],
)
def test_what_a_name_leaves_out_counts(
    before: list[Object], after: list[Object], words: str
) -> None:
    assert told(before, after) == [("task", words)]


def test_a_protocol_that_is_written_out_is_no_change() -> None:
    peer = {"ipBlock": {"cidr": "10.0.0.0/8"}}
    assert told(out_to(peer), out_to(peer, protocol="TCP")) == []


def test_a_service_that_is_opened_to_the_outside_is_told() -> None:
    before, after = (
        made("Service", "ui", spec={"type": kind}) for kind in ("ClusterIP", "LoadBalancer")
    )
    (found,) = doors(changed(before, after))
    assert (found.subject, found.words) == ("Service/ui", "spec.type: ClusterIP → LoadBalancer")
    assert [each.words for each in doors(changed(None, made("Ingress", "ui")))] == ["comes"]
