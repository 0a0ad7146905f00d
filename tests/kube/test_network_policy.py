"""Which connections the NetworkPolicies of a cluster allow."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.network_policy import Answer, Endpoint, NamedPort, judge

NAMESPACES = {"airflow": {"team": "data"}, "monitoring": {"team": "ops"}}
ALL = [{}]  # one rule without limits


def policy(name: str = "p", namespace: str = "airflow", **spec: Any) -> Manifest:
    metadata = {"name": name, "namespace": namespace}
    return {"metadata": metadata, "spec": {"podSelector": {}, **spec}}


def allow_from(*peers: Mapping[str, Any]) -> Manifest:
    return policy(ingress=[{"from": list(peers)}])


def allow_ports(*ports: Mapping[str, Any]) -> Manifest:
    return policy(ingress=[{"ports": list(ports)}])


def pod(name: str, namespace: str = "airflow", **more: Any) -> Endpoint:
    labels = more.pop("labels", {"app": name})
    return Endpoint(name=name, namespace=namespace, labels=labels, **more)


def app(name: str) -> dict[str, Any]:
    return {"matchLabels": {"app": name}}


def team(name: str) -> dict[str, Any]:
    return {"matchLabels": {"team": name}}


def passes(
    policies: Sequence[Manifest],
    source: Endpoint,
    target: Endpoint,
    port: int = 8080,
    protocol: str = "TCP",
) -> bool:
    return judge(policies, NAMESPACES, source, target, port, protocol).allowed


WORKER, API, SCRAPER = pod("worker"), pod("api"), pod("scraper", "monitoring")
OUTSIDE = Endpoint(address="203.0.113.7")
DENY = policy("deny", policyTypes=["Ingress", "Egress"])


def test_every_connection_is_allowed_without_policies() -> None:
    assert passes([], WORKER, API)
    assert passes([], OUTSIDE, API)
    assert passes([], API, OUTSIDE)


@pytest.mark.parametrize(
    ("spec", "comes_in", "goes_out"),
    [
        ({}, False, True),
        ({"policyTypes": []}, False, True),
        ({"egress": []}, False, True),
        ({"egress": [{"to": [{"podSelector": app("nobody")}]}]}, False, False),
        ({"policyTypes": ["Ingress"]}, False, True),
        ({"policyTypes": ["Ingress"], "egress": [{"ports": [{"port": 1}]}]}, False, True),
        ({"policyTypes": ["Egress"]}, True, False),
        ({"policyTypes": ["Ingress", "Egress"]}, False, False),
    ],
    ids=str,
)
def test_a_policy_isolates_in_the_directions_that_it_names_or_implies(
    spec: dict[str, Any], comes_in: bool, goes_out: bool
) -> None:
    policies = [policy(**spec)]
    assert passes(policies, SCRAPER, API) is comes_in
    assert passes(policies, API, SCRAPER) is goes_out


def test_a_policy_isolates_only_the_pods_that_it_selects_in_its_own_namespace() -> None:
    policies = [policy(podSelector=app("api"))]
    assert not passes(policies, WORKER, API)
    assert passes(policies, API, WORKER)
    assert passes(policies, WORKER, pod("api", "monitoring"))


def test_a_policy_without_a_pod_selector_selects_all_pods() -> None:
    metadata = {"name": "p", "namespace": "airflow"}
    assert not passes([{"metadata": metadata, "spec": {}}], WORKER, API)
    assert not passes([{"metadata": metadata, "spec": {"podSelector": None}}], WORKER, API)


def test_no_policy_applies_to_an_address() -> None:
    deny_all = [policy(namespace=end, policyTypes=["Ingress", "Egress"]) for end in NAMESPACES]
    assert passes([*deny_all, policy(ingress=ALL)], OUTSIDE, API)
    assert passes([*deny_all, policy(egress=ALL)], API, OUTSIDE)


def test_a_connection_needs_the_egress_of_its_source_and_the_ingress_of_its_target() -> None:
    out = policy("out", podSelector=app("worker"), policyTypes=["Egress"], egress=ALL)
    into = policy("into", podSelector=app("api"), policyTypes=["Ingress"], ingress=ALL)
    assert not passes([DENY], WORKER, API)
    assert not passes([DENY, out], WORKER, API)
    assert not passes([DENY, into], WORKER, API)
    assert passes([DENY, out, into], WORKER, API)
    assert not passes([DENY, out, into], API, WORKER), "the other way round is another connection"


def test_a_connection_is_allowed_if_one_of_the_policies_allows_it() -> None:
    from_worker = allow_from({"podSelector": app("worker")})
    from_scraper = allow_from({"namespaceSelector": team("ops")})
    policies = [from_worker, policy(), from_scraper]
    assert passes(policies, WORKER, API)
    assert passes(policies, SCRAPER, API)
    assert not passes(policies, pod("other"), API)


def test_one_rule_must_allow_both_the_peer_and_the_port() -> None:
    rules = [
        {"from": [{"podSelector": app("worker")}], "ports": [{"port": 8080}]},
        {"from": [{"namespaceSelector": team("ops")}], "ports": [{"port": 9102}]},
    ]
    policies = [policy(ingress=rules)]
    assert passes(policies, WORKER, API, 8080)
    assert passes(policies, SCRAPER, API, 9102)
    assert not passes(policies, WORKER, API, 9102)
    assert not passes(policies, SCRAPER, API, 8080)


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        (None, False),
        ([], False),
        ([{}], True),
        ([{"from": None, "ports": None}], True),
        ([{"from": [], "ports": []}], True),
    ],
    ids=str,
)
def test_an_empty_list_of_rules_allows_nothing_and_an_empty_rule_everything(
    rules: Any, allowed: bool
) -> None:
    policies = [policy(ingress=rules)]
    for source in (WORKER, SCRAPER, OUTSIDE, Endpoint()):
        for port, protocol in ((8080, "TCP"), (53, "UDP"), (1, "SCTP")):
            assert passes(policies, source, API, port, protocol) is allowed


@pytest.mark.parametrize(
    ("selector", "taken", "refused"),
    [
        ({}, [{}, {"app": "x"}], []),
        ({"matchLabels": None, "matchExpressions": None}, [{}, {"app": "x"}], []),
        (
            {"matchLabels": {"app": "x", "tier": "y"}},
            [{"app": "x", "tier": "y", "more": "z"}],
            [{"app": "x"}, {"app": "x", "tier": "z"}, {}],
        ),
        (
            {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x", "y"]}]},
            [{"app": "x"}, {"app": "y"}],
            [{"app": "z"}, {}],
        ),
        (
            {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["x", "y"]}]},
            [{"app": "z"}, {}],
            [{"app": "x"}, {"app": "y"}],
        ),
        (
            {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
            [{"app": "x"}, {"app": ""}],
            [{}, {"other": "x"}],
        ),
        (
            {"matchExpressions": [{"key": "app", "operator": "DoesNotExist", "values": None}]},
            [{}, {"other": "x"}],
            [{"app": "x"}, {"app": ""}],
        ),
        (
            {
                "matchLabels": {"tier": "y"},
                "matchExpressions": [
                    {"key": "app", "operator": "Exists"},
                    {"key": "app", "operator": "NotIn", "values": ["x"]},
                ],
            },
            [{"tier": "y", "app": "z"}],
            [{"tier": "y"}, {"tier": "y", "app": "x"}, {"app": "z"}],
        ),
    ],
    ids=str,
)
def test_a_pod_selector_requires_all_its_labels_and_expressions(
    selector: dict[str, Any], taken: list[dict[str, str]], refused: list[dict[str, str]]
) -> None:
    isolates, admits = [policy(podSelector=selector)], [allow_from({"podSelector": selector})]
    for labels in taken:
        assert not passes(isolates, WORKER, pod("api", labels=labels)), labels
        assert passes(admits, pod("any", labels=labels), API), labels
    for labels in refused:
        assert passes(isolates, WORKER, pod("api", labels=labels)), labels
        assert not passes(admits, pod("any", labels=labels), API), labels


def test_an_unknown_operator_of_a_selector_is_an_error() -> None:
    expression = {"key": "app", "operator": "Like", "values": ["x"]}
    with pytest.raises(ValueError, match="'Like' is no operator of a label selector"):
        passes([policy(podSelector={"matchExpressions": [expression]})], WORKER, API)


IN_AIRFLOW, IN_MONITORING, IN_OTHER = pod("a"), pod("a", "monitoring"), pod("a", "other")


@pytest.mark.parametrize(
    ("peer", "taken"),
    [
        ({"podSelector": {}}, [IN_AIRFLOW, WORKER]),
        ({"podSelector": app("a")}, [IN_AIRFLOW]),
        ({"podSelector": app("a"), "namespaceSelector": None}, [IN_AIRFLOW]),
        ({"namespaceSelector": {}}, [IN_AIRFLOW, IN_MONITORING, IN_OTHER, WORKER, SCRAPER]),
        ({"namespaceSelector": team("ops")}, [IN_MONITORING, SCRAPER]),
        ({"namespaceSelector": team("ops"), "podSelector": None}, [IN_MONITORING, SCRAPER]),
        ({"namespaceSelector": team("ops"), "podSelector": {}}, [IN_MONITORING, SCRAPER]),
        ({"namespaceSelector": team("ops"), "podSelector": app("a")}, [IN_MONITORING]),
        ({"namespaceSelector": {}, "podSelector": app("worker")}, [WORKER]),
    ],
    ids=str,
)
def test_a_peer_matches_pods_by_their_labels_and_namespaces(
    peer: dict[str, Any], taken: list[Endpoint]
) -> None:
    nowhere = Endpoint(address="10.1.2.3", labels={"app": "a"})
    for end in (IN_AIRFLOW, IN_MONITORING, IN_OTHER, WORKER, SCRAPER, OUTSIDE, nowhere):
        assert passes([allow_from(peer)], end, API) is (end in taken), end
        outwards = [policy(policyTypes=["Egress"], egress=[{"to": [peer]}])]
        assert passes(outwards, API, end) is (end in taken), end


@pytest.mark.parametrize("namespaces", [{}, {"monitoring": {"kubernetes.io/metadata.name": "x"}}])
def test_every_namespace_has_the_label_with_its_name(namespaces: dict[str, dict[str, str]]) -> None:
    named = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    policies = [allow_from({"namespaceSelector": named})]
    assert judge(policies, namespaces, SCRAPER, API, 8080).allowed
    assert not judge(policies, namespaces, WORKER, API, 8080).allowed


def test_a_rule_allows_a_connection_if_one_of_its_peers_matches() -> None:
    policies = [
        allow_from(
            {"namespaceSelector": team("ops")},
            {"podSelector": app("worker")},
            {"ipBlock": {"cidr": "203.0.113.0/24"}},
        )
    ]
    for source in (SCRAPER, WORKER, OUTSIDE):
        assert passes(policies, source, API)
    assert not passes(policies, pod("other"), API)


@pytest.mark.parametrize(
    ("block", "inside", "beyond"),
    [
        (
            {"cidr": "10.0.0.0/8", "except": None},
            ["10.0.0.1", "10.255.0.1"],
            ["11.0.0.1", "fd00::1", ""],
        ),
        (
            {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"]},
            ["10.0.0.1", "10.3.0.1"],
            ["10.1.0.1", "10.2.0.1", "11.0.0.1"],
        ),
        ({"cidr": "10.1.2.3/8"}, ["10.0.0.1"], ["11.0.0.1"]),
        ({"cidr": "0.0.0.0/0"}, ["10.0.0.1", "203.0.113.7"], ["fd00::1", ""]),
        (
            {"cidr": "fd00::/8", "except": ["fd00:1::/32"]},
            ["fd00::1", "fd00:2::1"],
            ["fd00:1::1", "fe80::1", "10.0.0.1"],
        ),
    ],
    ids=str,
)
def test_an_ip_block_matches_addresses_in_it_except_those_excluded(
    block: dict[str, Any], inside: list[str], beyond: list[str]
) -> None:
    policies = [allow_from({"ipBlock": block})]
    for addresses, allowed in ((inside, True), (beyond, False)):
        for address in addresses:
            assert passes(policies, Endpoint(address=address), API) is allowed, address
            a_pod = pod("worker", address=address)
            assert passes(policies, a_pod, API) is allowed, f"a pod at {address or 'no address'}"


def test_a_peer_that_selects_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="NetworkPolicy p has a peer that selects nothing"):
        passes([allow_from({})], WORKER, API)


@pytest.mark.parametrize(
    ("ports", "opened", "closed"),
    [
        ([{"port": 8080}], [(8080, "TCP")], [(8081, "TCP"), (8079, "TCP"), (8080, "UDP")]),
        ([{"port": 53, "protocol": "UDP"}], [(53, "UDP")], [(53, "TCP")]),
        ([{"port": 53, "protocol": None}], [(53, "TCP")], [(53, "UDP")]),
        ([{"protocol": "UDP"}], [(1, "UDP"), (65535, "UDP")], [(1, "TCP"), (1, "SCTP")]),
        ([{}], [(1, "TCP"), (65535, "TCP")], [(1, "UDP")]),
        (
            [{"port": 53, "protocol": "UDP"}, {"port": 53}, {"port": 8080}],
            [(53, "UDP"), (53, "TCP"), (8080, "TCP")],
            [(8080, "UDP"), (54, "TCP")],
        ),
        (
            [{"port": 30000, "endPort": 30010}],
            [(30000, "TCP"), (30005, "TCP"), (30010, "TCP")],
            [(29999, "TCP"), (30011, "TCP"), (30005, "UDP")],
        ),
        ([{"port": 8080, "endPort": None}], [(8080, "TCP")], [(8081, "TCP")]),
    ],
    ids=str,
)
def test_a_rule_allows_the_ports_that_it_lists(
    ports: list[dict[str, Any]], opened: list[tuple[int, str]], closed: list[tuple[int, str]]
) -> None:
    inwards = [allow_ports(*ports)]
    outwards = [policy(policyTypes=["Egress"], egress=[{"ports": ports}])]
    for port, protocol in opened:
        assert passes(inwards, WORKER, API, port, protocol), (port, protocol)
        assert passes(outwards, API, OUTSIDE, port, protocol), (port, protocol)
    for port, protocol in closed:
        assert not passes(inwards, WORKER, API, port, protocol), (port, protocol)
        assert not passes(outwards, API, OUTSIDE, port, protocol), (port, protocol)


def test_a_named_port_is_the_port_of_the_target_with_that_name() -> None:
    http = NamedPort(name="http", number=8080)
    also = NamedPort(name="http", number=8081)  # of another container
    admin = NamedPort(name="admin", number=9000)
    rules = [{"ports": [{"port": "http"}]}]
    policies = [policy(policyTypes=["Ingress", "Egress"], ingress=rules, egress=rules)]
    target = pod("api", ports=[http, also, admin])
    assert passes(policies, WORKER, target, 8080)
    assert passes(policies, WORKER, target, 8081)
    assert not passes(policies, WORKER, target, 9000)
    assert not passes(policies, pod("worker", ports=[http]), API, 8080), "the source's name counts"
    assert not passes(policies, WORKER, OUTSIDE, 8080), "an address has no names"


def test_a_named_port_has_one_protocol() -> None:
    dns = pod("dns", ports=[NamedPort(name="dns", number=53, protocol="UDP")])
    assert passes([allow_ports({"port": "dns", "protocol": "UDP"})], WORKER, dns, 53, "UDP")
    assert not passes([allow_ports({"port": "dns", "protocol": "UDP"})], WORKER, dns, 53, "TCP")
    assert not passes([allow_ports({"port": "dns"})], WORKER, dns, 53, "TCP")
    assert not passes([allow_ports({"port": "dns"})], WORKER, dns, 53, "UDP")


def test_a_pod_always_reaches_itself_but_not_its_replica() -> None:
    assert passes([DENY], pod("api-0"), pod("api-0"))
    assert not passes([DENY], pod("api-0"), pod("api-1", labels={"app": "api-0"}))
    assert not passes([DENY], pod("api-0"), pod("api-0", "monitoring")), "another of the same name"
    unnamed = Endpoint(namespace="airflow")
    assert not passes([DENY], unnamed, unnamed), "two pods whose names are not known"
    named_alike = Endpoint(name="api-0")
    assert not passes([DENY], named_alike, pod("api-0")), "an address that is called like a pod"


def test_a_node_always_reaches_its_own_pods_but_pods_need_a_rule_to_reach_the_node() -> None:
    node = Endpoint(name="node", address="192.0.2.1", node=True)
    assert passes([DENY], node, API)
    assert not passes([DENY], Endpoint(name="other node", address="192.0.2.2"), API)
    assert not passes([DENY], API, node)
    to_node = policy(
        policyTypes=["Egress"], egress=[{"to": [{"ipBlock": {"cidr": "192.0.2.1/32"}}]}]
    )
    assert passes([DENY, to_node], API, node)


def named(name: str, **spec: Any) -> Manifest:
    return policy(name, policyTypes=["Ingress", "Egress"], **spec)


@pytest.mark.parametrize(
    ("policies", "source", "target", "answer"),
    [
        ([], WORKER, API, Answer(allowed=True, message="no NetworkPolicy isolates either end")),
        (
            [DENY],
            Endpoint(name="outside"),
            Endpoint(name="outside"),
            Answer(allowed=True, message="no NetworkPolicy isolates either end"),
        ),
        (
            [
                DENY,
                named("worker", podSelector=app("worker"), egress=ALL),
                named("api", podSelector=app("api"), ingress=[*ALL, *ALL]),
                named("all", ingress=ALL),
            ],
            WORKER,
            API,
            Answer(
                allowed=True,
                message="allowed by the egress of NetworkPolicy worker"
                " and the ingress of NetworkPolicy api, all",
            ),
        ),
        (
            [policy("in", ingress=ALL)],
            SCRAPER,
            API,
            Answer(allowed=True, message="allowed by the ingress of NetworkPolicy in"),
        ),
        (
            [DENY, named("worker", podSelector=app("worker"))],
            WORKER,
            API,
            Answer(
                allowed=False,
                message="no egress rule of NetworkPolicy deny, worker allows TCP 8080 to api;"
                " no ingress rule of NetworkPolicy deny allows TCP 8080 from worker",
            ),
        ),
        (
            [DENY, named("out", egress=ALL)],
            WORKER,
            API,
            Answer(
                allowed=False,
                message="no ingress rule of NetworkPolicy deny, out allows TCP 8080 from worker",
            ),
        ),
        (
            [DENY],
            API,
            OUTSIDE,
            Answer(
                allowed=False,
                message="no egress rule of NetworkPolicy deny allows TCP 8080 to 203.0.113.7",
            ),
        ),
        (
            [DENY],
            API,
            Endpoint(name="a bucket", address="203.0.113.7"),
            Answer(
                allowed=False,
                message="no egress rule of NetworkPolicy deny allows TCP 8080 to a bucket",
            ),
        ),
        (
            [DENY],
            Endpoint(namespace="monitoring"),
            API,
            Answer(
                allowed=False,
                message="no ingress rule of NetworkPolicy deny allows TCP 8080"
                " from a pod of namespace monitoring",
            ),
        ),
        (
            [DENY],
            Endpoint(),
            API,
            Answer(
                allowed=False,
                message="no ingress rule of NetworkPolicy deny allows TCP 8080"
                " from an unknown address",
            ),
        ),
        ([DENY], API, API, Answer(allowed=True, message="a pod always reaches itself")),
        (
            [DENY],
            Endpoint(name="node", node=True),
            API,
            Answer(allowed=True, message="a pod's node always reaches it"),
        ),
    ],
    ids=lambda value: value.message if isinstance(value, Answer) else "",
)
def test_the_answer_names_the_policies_that_decided(
    policies: list[Manifest], source: Endpoint, target: Endpoint, answer: Answer
) -> None:
    assert judge(policies, NAMESPACES, source, target, 8080) == answer
