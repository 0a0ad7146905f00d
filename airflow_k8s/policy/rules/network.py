"""Rules for network connections. They evaluate the NetworkPolicies of the stack."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from airflow_k8s.kube import network_policy
from airflow_k8s.kube.containers import containers_of
from airflow_k8s.kube.network_policy import Endpoint, NamedPort
from airflow_k8s.kube.selectors import selects
from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule
from airflow_k8s.rendering.manifests import TASK, Object
from airflow_k8s.stack.network.flows import Flow, Workload, flows
from airflow_k8s.stack.network.policies import specs
from airflow_k8s.stack.settings.access import Destination, Source

_ANY_PORT = 443  # represents all ports if a flow has no port
_OTHER_NAMES = {"airflow-cleanup-pods": "cleanup", "admin": "admin-user"}
_WIDE = 8  # a CIDR with a shorter prefix is part of the Internet


@rule(needs_complete_stack=True, remedy="Do not turn network.isolate off.")
def default_deny(scope: Scope) -> Iterator[Finding]:
    """A pod without a NetworkPolicy of its own can't open or accept a connection."""
    stranger = Endpoint(name="any pod", namespace=scope.settings.namespace, labels={"any": "pod"})
    other = Endpoint(name="another pod", namespace=scope.settings.namespace, labels={"an": "other"})
    outside = Endpoint(name="an address outside", address="192.0.2.1")
    for source, target in ((stranger, other), (stranger, outside), (outside, stranger)):
        if network_policy.judge(_policies(scope), {}, source, target, _ANY_PORT).allowed:
            yield Finding(
                subject=f"Namespace/{scope.settings.namespace}",
                message=f"{source} may connect to {target}",
            )
    for policy in scope.of_kind("NetworkPolicy"):
        spec = policy.manifest["spec"]
        of_any_pod = selects(spec.get("podSelector") or {}, stranger.labels)
        if of_any_pod and (spec.get("ingress") or spec.get("egress")):
            yield finding_for(policy, "it allows connections of any pod")


@rule(
    needs_complete_stack=True,
    remedy="Fix the pod's labels or ports, or the NetworkPolicy that should select it.",
)
def needed_ways_are_open(scope: Scope) -> Iterator[Finding]:
    """Every component can reach what it needs, on a port where the other side listens. If a policy
    no longer matches a pod's labels, connections fail by a timeout, perhaps hours later."""
    for flow in flows(scope.settings):
        for source in _ends(scope, flow.source):
            for target in _ends(
                scope, flow.target, "another " if flow.source == flow.target else ""
            ):
                yield from _closed(scope, flow, source, target)


@rule(remedy="Remove the policy, or add the flow under network in the stack.")
def no_other_way_is_open(scope: Scope) -> Iterator[Finding]:
    """A NetworkPolicy allows only flows that the stack needs. Another policy, such as one of the
    chart, adds to what the program's policies allow."""
    ours = list(specs(flows(scope.settings)).values())
    for policy in scope.of_kind("NetworkPolicy"):
        spec = policy.manifest["spec"]
        own = [spec_ for spec_ in ours if spec_["podSelector"] == (spec.get("podSelector") or {})]
        for direction in ("ingress", "egress"):
            needed = [allowed for one in own for allowed in one.get(direction, ())]
            if any(allowed not in needed for allowed in spec.get(direction) or ()):
                yield finding_for(policy, f"it allows {direction} that no flow of the stack needs")


@rule(
    level="advisory",
    remedy="In the stack's file, set cidrs of this source under network, such as network.ui.",
)
def ingress_from_somebody(scope: Scope) -> Iterator[Finding]:
    """Ingress from outside is allowed only from addresses that the stack sets, not from the
    complete Internet."""
    for policy in scope.of_kind("NetworkPolicy"):
        for rule_ in policy.manifest["spec"].get("ingress") or ():
            for place in _wide(rule_.get("from")):
                yield finding_for(policy, f"it allows ingress from {place} on {_ports(rule_)}")


@rule(
    level="advisory",
    remedy="In the stack's file, set cidrs of this destination under network, such as network.git.",
)
def egress_to_somewhere(scope: Scope) -> Iterator[Finding]:
    """Egress is allowed only to addresses that the stack sets, not to the complete Internet."""
    for policy in scope.of_kind("NetworkPolicy"):
        wide = {
            f"{place} on {_ports(rule_)}"
            for rule_ in policy.manifest["spec"].get("egress") or ()
            for place in _wide(rule_.get("to"))
        }
        for place in sorted(wide):
            yield finding_for(policy, f"it allows egress to {place}")


def _policies(scope: Scope) -> Sequence[Any]:
    return [policy.manifest for policy in scope.of_kind("NetworkPolicy")]


def _closed(scope: Scope, flow: Flow, source: Endpoint, target: Endpoint) -> Iterator[Finding]:
    for protocol in flow.protocols:
        for port in flow.ports or (_ANY_PORT,):
            answer = network_policy.judge(_policies(scope), {}, source, target, port, protocol)
            listening = {(port_.number, port_.protocol) for port_ in target.ports}
            what = f"{source} cannot reach {target} on {protocol} {port} ({flow.purpose})"
            if not answer.allowed:
                yield Finding(subject=_subject(scope), message=f"{what}: {answer.message}")
            elif listening and (port, protocol) not in listening:
                yield Finding(subject=_subject(scope), message=f"{what}: it does not listen there")


def _subject(scope: Scope) -> str:
    return f"Namespace/{scope.settings.namespace}"


def _ends(scope: Scope, end: Workload | Source | Destination, which: str = "") -> list[Endpoint]:
    """The endpoints of one side of a flow.

    For a workload of the stack: its pods, with the labels in their templates. For a destination
    outside: one address of every CIDR, and one pod of every namespace.
    """
    if isinstance(end, Workload):
        name, namespace = f"{which}{end.name}", scope.settings.namespace
        pods = [
            Endpoint(
                name=name,
                namespace=namespace,
                labels=template["metadata"].get("labels") or {},
                ports=list(_listening(template)),
            )
            for item, template in scope.pod_templates()
            if end.name in _workloads(item)
        ]
        # A stack contains no pods of tasks: the DAGs start them.
        return pods or [Endpoint(name=name, namespace=namespace, labels=end.labels)]
    return [
        *(Endpoint(name=cidr, address=str(ip_network(cidr)[0])) for cidr in end.cidrs),
        *(Endpoint(name=f"namespace {name}", namespace=name) for name in end.namespaces),
    ]


def _workloads(item: Object) -> set[str]:
    """The names of the workloads that the object's pods belong to."""
    if (
        item.origin == TASK
    ):  # a worker pod is also a pod of a task; a pod that a task starts is no worker
        return {"task"} if item.part == "task" else {"task", "worker"}
    own = item.part or item.component
    return {_OTHER_NAMES.get(own, own)}


def _listening(template: Any) -> Iterator[NamedPort]:
    for container in containers_of(template["spec"]):
        for port in container.get("ports") or ():
            yield NamedPort(
                name=port.get("name", ""),
                number=port["containerPort"],
                protocol=port.get("protocol") or "TCP",
            )


def _wide(peers: Any) -> Iterator[str]:
    if not peers:
        yield "every address"
    for cidr in (peer["ipBlock"]["cidr"] for peer in peers or () if "ipBlock" in peer):
        # It may have host bits.
        if ip_network(cidr, strict=False).prefixlen < _WIDE:
            yield cidr


def _ports(rule_: Any) -> str:
    ports = [str(port.get("port", "every port")) for port in rule_.get("ports") or ()]
    return f"port {', '.join(ports)}" if ports else "every port"
