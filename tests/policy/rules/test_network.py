"""Rules for network connections."""

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_k8s.policy.rules import network
from airflow_k8s.rendering.manifests import PROGRAM, TASK, Object
from airflow_k8s.stack.network.flows import flows
from airflow_k8s.stack.network.policies import specs
from tests.policy.samples import container, deployment, findings_of, made, scope, settings, template

DENY = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
TO_HOST = [{"ipBlock": {"cidr": "10.0.0.1/32"}}]
AIRFLOW = {"tier": "airflow", "release": "airflow"}


def policy(name: str, **spec: Any) -> Object:
    return made("NetworkPolicy", name, spec={"podSelector": {}} | spec)


def denied(*policies: Object) -> list[str]:
    return findings_of(network.default_deny, scope(policies))


def test_a_pod_without_a_policy_of_its_own_is_isolated() -> None:
    assert not denied(policy("deny", **DENY))
    assert denied() == [
        "Namespace/airflow: any pod may connect to another pod",
        "Namespace/airflow: any pod may connect to an address outside",
        "Namespace/airflow: an address outside may connect to any pod",
    ]


def test_ingress_and_egress_are_denied_by_default() -> None:
    assert denied(policy("deny", policyTypes=["Ingress"])) == [
        "Namespace/airflow: any pod may connect to an address outside"
    ]
    assert denied(policy("deny", policyTypes=["Egress"])) == [
        "Namespace/airflow: an address outside may connect to any pod"
    ]


def test_a_policy_for_some_pods_does_not_isolate_others() -> None:
    assert denied(policy("deny", **DENY | {"podSelector": {"matchLabels": {"app": "own"}}}))


@pytest.mark.parametrize(
    "rule",
    [
        {"egress": [{"to": TO_HOST, "ports": [{"port": 5432}]}]},
        {"ingress": [{"from": TO_HOST}]},
        {"ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "own"}}}]}]},
    ],
    ids=str,
)
def test_a_policy_that_allows_traffic_of_all_pods_is_a_finding(rule: Any) -> None:
    assert denied(policy("deny", **DENY), policy("lets-in", **rule)) == [
        "NetworkPolicy/lets-in: it allows connections of any pod"
    ]
    unlike = {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}
    assert denied(policy("deny", **DENY), policy("lets-in", podSelector=unlike, **rule))


def test_a_policy_for_some_pods_may_allow_their_traffic() -> None:
    selector = {"matchLabels": {"app": "own"}}
    own = policy("own", podSelector=selector, egress=[{"to": TO_HOST}], policyTypes=["Egress"])
    assert not denied(policy("deny", **DENY), own)


def stack(changed: Mapping[str, Any] | None = None, **given: Any) -> list[Object]:
    """The policies that the program makes, by the names of the workloads."""
    made_of = specs(flows(settings(**given)))
    return [policy(name, **spec) for name, spec in (made_of | dict(changed or {})).items()]


def closed(*objects: Object, **given: Any) -> list[str]:
    return findings_of(network.needed_ways_are_open, scope([*stack(**given), *objects], **given))


def airflow(part: str, *ports: tuple[int, str], **labels: str) -> Object:
    own = AIRFLOW | {"component": part} | labels
    opened = [{"containerPort": number, "protocol": protocol} for number, protocol in ports]
    return deployment(part, labels=own, containers=[container(ports=opened)])


def test_the_policies_of_the_program_allow_every_flow() -> None:
    assert not closed()
    assert not closed(airflow("scheduler"), airflow("api-server", (8080, "TCP")))


def test_a_stack_without_policies_blocks_no_flow() -> None:
    assert not findings_of(network.needed_ways_are_open, scope())


def test_a_pod_with_unknown_labels_is_blocked() -> None:
    found = closed(airflow("scheduler", release="flow"))
    assert (
        "Namespace/airflow: scheduler cannot reach database on TCP 5432 (the metadata database):"
        " no egress rule of NetworkPolicy default-deny allows TCP 5432 to database;"
        " no ingress rule of NetworkPolicy default-deny, database allows TCP 5432 from scheduler"
    ) in found
    assert all("scheduler" in each for each in found), "nobody else is cut off"


def test_dns_is_needed_over_both_protocols() -> None:
    found = closed(airflow("scheduler", release="flow"))
    for protocol in ("UDP", "TCP"):
        what = f"scheduler cannot reach namespace kube-system on {protocol} 53 (names)"
        assert any(what in each for each in found)


def test_a_policy_that_lacks_a_flow_is_a_finding() -> None:
    given = specs(flows(settings()))
    less = given["task"] | {"egress": given["task"]["egress"][:-1]}
    found = findings_of(network.needed_ways_are_open, scope(stack({"task": less})))
    assert found, "the task would wait for an answer that never comes"
    assert all("task cannot reach" in each or "worker cannot reach" in each for each in found)


def test_a_component_must_listen_on_the_port_of_the_flow() -> None:
    assert not closed(airflow("api-server", (8080, "TCP")))
    found = closed(airflow("api-server", (9090, "TCP")))
    assert found == [
        "Namespace/airflow: worker cannot reach api-server on TCP 8080 (the execution API):"
        " it does not listen there"
    ]
    assert closed(airflow("statsd", (9125, "TCP"))), "metrics come by UDP"
    assert not closed(airflow("statsd", (9125, "UDP")))
    silent = container(ports=[{"containerPort": 8080}])
    own = AIRFLOW | {"component": "api-server"}
    assert not closed(deployment("api-server", labels=own, containers=[silent]))


def test_a_component_that_declares_no_port_may_listen_on_any_port() -> None:
    assert not closed(airflow("api-server"))


def from_program(component: str, labels: Mapping[str, str]) -> Object:
    body = {"template": template(labels=dict(labels))}
    manifest = {"kind": "Job", "metadata": {"name": component}, "spec": body}
    return Object(component, "", PROGRAM, manifest)


@pytest.mark.parametrize(
    ("component", "workload"), [("migration", "migration"), ("admin", "admin-user")]
)
def test_the_jobs_of_the_program_are_among_the_workloads(component: str, workload: str) -> None:
    right = {
        "app.kubernetes.io/component": workload,
        "app.kubernetes.io/part-of": "airflow-platform",
    }
    assert not closed(from_program(component, right))
    found = closed(from_program(component, {}))
    assert any(f"{workload} cannot reach database" in each for each in found)


def test_the_cleanup_of_pods_is_a_workload() -> None:
    found = closed(airflow("airflow-cleanup-pods", release="flow"))
    assert any("cleanup cannot reach 0.0.0.0/0 on TCP 6443" in each for each in found)


def task(part: str, **labels: str) -> Object:
    manifest: dict[str, Any] = {"kind": "Pod", **template(labels=labels)}
    manifest["metadata"] |= {"name": "of-a-task"}
    return Object("airflow", part, TASK, manifest)


OF_A_TASK = {
    "app.kubernetes.io/component": "task",
    "app.kubernetes.io/part-of": "airflow-platform",
}
OF_A_WORKER = AIRFLOW | {"component": "worker"}


def test_a_worker_pod_needs_what_a_worker_and_what_a_task_needs() -> None:
    assert not closed(task("task pod", **OF_A_TASK, **OF_A_WORKER))
    as_worker = closed(task("task pod", **OF_A_TASK))
    assert any("worker cannot reach api-server" in each for each in as_worker)
    as_task = closed(task("task pod", **OF_A_WORKER))
    assert any("task cannot reach 0.0.0.0/0 on TCP 5432" in each for each in as_task)


def test_a_pod_that_a_task_starts_needs_what_a_task_needs() -> None:
    assert not closed(task("task", **OF_A_TASK)), "it is no worker, and asks no execution API"
    assert any("task cannot reach" in each for each in closed(task("task")))


def test_a_flow_without_a_port_needs_all_ports() -> None:
    given: dict[str, Any] = {"network": {"tasks": {"ports": []}}}
    assert not closed(**given)
    narrow = stack()  # as with the default, which allows only port 443
    without = [each for each in narrow if each.name != "task"]
    found = findings_of(network.needed_ways_are_open, scope(without, **given))
    assert any("(the services that tasks use)" in each for each in found)


def test_the_ui_is_reachable_from_namespaces_and_addresses() -> None:
    given: dict[str, Any] = {
        "network": {"ui": {"cidrs": ["10.0.0.0/8"], "namespaces": ["ingress"]}}
    }
    assert not closed(**given)
    found = findings_of(network.needed_ways_are_open, scope(stack(), **given))
    assert [each.split(":")[1].strip() for each in found] == [
        "10.0.0.0/8 cannot reach api-server on TCP 8080 (the UI)",
        "namespace ingress cannot reach api-server on TCP 8080 (the UI)",
    ]


def test_the_instances_of_a_replicated_database_reach_each_other() -> None:
    given: dict[str, Any] = {"database": {"mode": "cloudnative-pg"}}
    assert not closed(**given)
    policies = specs(flows(settings(**given)))
    without_ingress = policies["database"] | {"ingress": []}
    found = findings_of(
        network.needed_ways_are_open, scope(stack({"database": without_ingress}, **given), **given)
    )
    assert any("database cannot reach another database" in each for each in found), (
        "a new instance could not copy what the first one has"
    )


def out(*peers: Mapping[str, Any], ports: list[int] | None = None) -> list[str]:
    rule: dict[str, Any] = {"to": list(peers)} if peers else {}
    rule |= {"ports": [{"port": port} for port in ports]} if ports else {}
    return findings_of(network.egress_to_somewhere, scope([policy("own", egress=[rule])]))


def block(cidr: str) -> Mapping[str, Any]:
    return {"ipBlock": {"cidr": cidr}}


def test_egress_to_the_complete_internet_is_a_finding() -> None:
    assert out(block("0.0.0.0/0"), ports=[443, 22]) == [
        "NetworkPolicy/own: it allows egress to 0.0.0.0/0 on port 443, 22"
    ]
    assert out(block("0.0.0.0/0")) == [
        "NetworkPolicy/own: it allows egress to 0.0.0.0/0 on every port"
    ]
    assert out(block("::/0"))
    assert out(block("0.0.0.0/1")), "half of the Internet is no place either"
    assert network.egress_to_somewhere.level == "advisory", "the defaults lead there"


def test_egress_without_an_address_is_a_finding() -> None:
    assert out(ports=[443]) == ["NetworkPolicy/own: it allows egress to every address on port 443"]


def test_egress_to_a_private_network_is_accepted() -> None:
    assert not out(block("10.0.0.0/8"))
    assert not out({"podSelector": {}}, {"namespaceSelector": {}})


def test_a_cidr_may_have_host_bits() -> None:
    assert not out(block("10.1.2.3/16")), "the API server takes it"


def test_a_policy_without_egress_rules_is_accepted() -> None:
    assert not findings_of(network.egress_to_somewhere, scope([policy("deny", **DENY)]))


def test_ingress_from_the_complete_internet_is_a_finding() -> None:
    def into(rule: dict[str, Any]) -> list[str]:
        return findings_of(network.ingress_from_somebody, scope([policy("own", ingress=[rule])]))

    assert into({"from": [block("0.0.0.0/0")], "ports": [{"port": 8080}]}) == [
        "NetworkPolicy/own: it allows ingress from 0.0.0.0/0 on port 8080"
    ]
    assert into({"ports": [{"port": 8080}]}) == [
        "NetworkPolicy/own: it allows ingress from every address on port 8080"
    ]
    assert not into({"from": [block("10.0.0.0/16")]})
    assert network.ingress_from_somebody.level == "advisory", "a UI may be for everybody"


def test_a_policy_that_allows_an_unneeded_flow_is_a_finding() -> None:
    ours = {name: policy(name, **spec) for name, spec in specs(flows(settings())).items()}

    def other(*objects: Object) -> list[str]:
        return findings_of(network.no_other_way_is_open, scope(objects))

    assert not other(*ours.values())
    task = ours["task"].manifest["spec"]
    assert not other(policy("task", **task | {"egress": task["egress"][:1]})), "it is less"
    assert other(policy("task", **task | {"egress": [{}]})) == [
        "NetworkPolicy/task: it allows egress that no flow of the stack needs"
    ]
    assert other(policy("chart", podSelector={"matchLabels": {"a": "b"}}, ingress=[{}])) == [
        "NetworkPolicy/chart: it allows ingress that no flow of the stack needs"
    ]
