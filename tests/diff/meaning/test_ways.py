"""Connections that NetworkPolicies let through and did not before, and the other way round."""

from typing import Any

from diff.meaning.ways import ways
from render.objects import Object
from tests.diff.samples import made

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


def test_a_policy_that_denies_all_is_told() -> None:
    assert told([], [DENY]) == [("every pod", "denied by default now")]


def test_pods_that_no_policy_is_for_any_more_are_told_loudly() -> None:
    before = [DENY, policy("api-server", ingress=from_worker(8080))]
    words = "NO LONGER GUARDED: no policy denies them anything"
    assert told(before, []) == [("every pod", words), ("api-server", words)]


def test_where_all_is_denied_a_policy_that_goes_only_closes() -> None:
    before = [DENY, policy("api-server", ingress=from_worker(8080))]
    assert told(before, [DENY]) == [("api-server", "closes in from worker 8080")]
