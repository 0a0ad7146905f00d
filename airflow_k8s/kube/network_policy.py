"""Judges whether the NetworkPolicies of a cluster (networking.k8s.io/v1) allow a connection.

https://kubernetes.io/docs/concepts/services-networking/network-policies

The ends of a connection are pods and addresses. A Service's address is replaced by the address of
a pod before policies are applied; address translation by gateways is not modelled. Network plugins
differ in two points. This module decides them so:

- An ipBlock matches a pod whose address is known and in the block. (With Cilium it matches no pod.)
- A node always reaches its own pods. A connection from a pod to its node is judged like one to any
  other address, because the API reference makes no exception and plugins filter it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Literal

from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.selectors import Labels, selects

_NAME = "kubernetes.io/metadata.name"  # a label of every namespace: its name
_PEERS = {"egress": "to", "ingress": "from"}


@dataclass(frozen=True, kw_only=True)
class NamedPort:
    """A container port with a name; the name is empty if the port has none."""

    name: str
    number: int
    protocol: str = "TCP"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One end of a connection: a pod, or an address that is not a pod's.

    A pod with hostNetwork is an address too, because policies and selectors do not apply to it.
    """

    name: str = ""  # of the pod; empty for an address
    namespace: str = ""  # of the pod; empty for an address
    labels: Labels = field(default_factory=dict[str, str])
    ports: Sequence[NamedPort] = ()
    address: str = ""  # empty if it is not known
    node: bool = False  # the source is the node that the target runs on

    def __str__(self) -> str:
        of_a_pod = f"a pod of namespace {self.namespace}" if self.namespace else ""
        return self.name or self.address or of_a_pod or "an unknown address"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether a connection is allowed, and why."""

    allowed: bool
    message: str


@dataclass(frozen=True, kw_only=True)
class _Opening:
    """The port of the target that the source connects to."""

    port: int
    protocol: str
    named: Sequence[NamedPort]  # all named ports of the target

    def is_in(self, ports: Manifest) -> bool:
        """Whether an entry of a rule's `ports` matches the port."""
        if (ports.get("protocol") or "TCP") != self.protocol:
            return False
        first = ports.get("port")
        if first is None:
            return True
        if isinstance(first, str):
            wanted = NamedPort(name=first, number=self.port, protocol=self.protocol)
            return wanted in self.named
        return first <= self.port <= (ports.get("endPort") or first)


def judge(
    policies: Sequence[Manifest],
    namespaces: Mapping[str, Labels],
    source: Endpoint,
    target: Endpoint,
    port: int,
    protocol: str = "TCP",
) -> Answer:
    """Whether the source may open a connection to a port of the target.

    `policies` are all NetworkPolicies of the cluster. `namespaces` maps the name of a namespace to
    its labels; the label with the name may be left out. Raises ValueError if a peer of a policy
    selects nothing.
    """
    pod = (source.namespace, source.name)
    if all(pod) and pod == (target.namespace, target.name):
        return Answer(allowed=True, message="a pod always reaches itself")
    if source.node:
        return Answer(allowed=True, message="a pod's node always reaches it")
    opening = _Opening(port=port, protocol=protocol, named=target.ports)
    sides = [
        _side("egress", source, target, policies, namespaces, opening),
        _side("ingress", target, source, policies, namespaces, opening),
    ]
    denials = [side.message for side in sides if not side.allowed]
    if denials:
        return Answer(allowed=False, message="; ".join(denials))
    grounds = [side.message for side in sides if side.message]
    if grounds:
        return Answer(allowed=True, message=f"allowed by {' and '.join(grounds)}")
    return Answer(allowed=True, message="no NetworkPolicy isolates either end")


def _side(
    direction: Literal["egress", "ingress"],
    own: Endpoint,
    other: Endpoint,
    policies: Sequence[Manifest],
    namespaces: Mapping[str, Labels],
    opening: _Opening,
) -> Answer:
    """Whether the policies of one end allow the connection. No policy: allowed, without a
    message."""
    isolating = [policy for policy in policies if _isolates(policy, own, direction)]
    if not isolating:
        return Answer(allowed=True, message="")
    peers = _PEERS[direction]
    allowing = [
        policy
        for policy in isolating
        for rule in policy["spec"].get(direction) or ()
        if not rule.get("ports") or any(opening.is_in(entry) for entry in rule["ports"])
        if not rule.get(peers) or any(_matches(p, other, policy, namespaces) for p in rule[peers])
    ]
    if allowing:
        return Answer(allowed=True, message=f"the {direction} of {_names(allowing)}")
    connection = f"{opening.protocol} {opening.port} {peers} {other}"
    message = f"no {direction} rule of {_names(isolating)} allows {connection}"
    return Answer(allowed=False, message=message)


def _names(policies: Sequence[Manifest]) -> str:
    names = dict.fromkeys(policy["metadata"]["name"] for policy in policies)
    return f"NetworkPolicy {', '.join(names)}"


def _isolates(policy: Manifest, end: Endpoint, direction: str) -> bool:
    spec = policy["spec"]
    default = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    return (
        policy["metadata"]["namespace"] == end.namespace
        and direction.capitalize() in (spec.get("policyTypes") or default)
        and selects(spec.get("podSelector") or {}, end.labels)
    )


def _matches(
    peer: Manifest, end: Endpoint, policy: Manifest, namespaces: Mapping[str, Labels]
) -> bool:
    """Whether a peer in a rule of the policy matches the other end."""
    block, spaces, pods = (peer.get(k) for k in ("ipBlock", "namespaceSelector", "podSelector"))
    if block is not None:
        return _contains(block, end.address)
    if spaces is None and pods is None:
        raise ValueError(f"{_names([policy])} has a peer that selects nothing: {dict(peer)}")
    if not end.namespace:
        return False
    if spaces is None:
        inside = end.namespace == policy["metadata"]["namespace"]
    else:
        labels = {**namespaces.get(end.namespace, {}), _NAME: end.namespace}
        inside = selects(spaces, labels)
    return inside and selects(pods or {}, end.labels)


def _contains(block: Manifest, address: str) -> bool:
    if not address:
        return False
    # The API server accepts a CIDR with host bits set.
    inside, *outside = (
        ip_address(address) in ip_network(cidr, strict=False)
        for cidr in (block["cidr"], *(block.get("except") or ()))
    )
    return inside and not any(outside)
