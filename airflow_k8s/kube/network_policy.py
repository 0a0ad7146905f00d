"""Whether a connection passes the NetworkPolicies of a cluster (networking.k8s.io/v1).

https://kubernetes.io/docs/concepts/services-networking/network-policies

A connection has the addresses of its two ends here: a Service's is a pod's by then, and what a
gateway translates is not known. Network plugins differ in two points, of which this says:

- An ipBlock takes a pod whose address is known and inside; with Cilium it takes no pod at all.
- A pod's node reaches it always. The other way round the node is an address like any other, since
  the API reference has no exception there and plugins filter it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Literal

from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.selectors import Labels, selects

_NAME = "kubernetes.io/metadata.name"  # the label that every namespace has
_PEERS = {"egress": "to", "ingress": "from"}


@dataclass(frozen=True, kw_only=True)
class NamedPort:
    """A port of a container that has a name."""

    name: str
    number: int
    protocol: str = "TCP"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One end of a connection: a pod, or an address that is none.

    A pod on its node's own network is an address, too: policies and selectors pass it by.
    """

    name: str = ""  # of the pod: replicas differ in it, for a pod always reaches itself
    namespace: str = ""  # of the pod; empty where it is none
    labels: Labels = field(default_factory=dict[str, str])
    ports: Sequence[NamedPort] = ()
    address: str = ""  # empty where it is not known
    node: bool = False  # as a source: the node that the target runs on

    def __str__(self) -> str:
        of_a_pod = f"a pod of namespace {self.namespace}" if self.namespace else ""
        return self.name or self.address or of_a_pod or "an unknown address"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether a connection passes, and why."""

    allowed: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class _Opening:
    """What the source wants of the target: one of its ports."""

    port: int
    protocol: str
    named: Sequence[NamedPort]  # all that the target has

    def is_in(self, ports: Manifest) -> bool:
        """Whether one entry of a rule's ports has it."""
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
    """Whether the source may open a connection to that port of the target.

    The policies are those of the whole cluster, each with its namespace; the namespaces' labels
    need not tell their names.
    """
    pod = (source.namespace, source.name)
    if all(pod) and pod == (target.namespace, target.name):
        return Answer(allowed=True, words="a pod always reaches itself")
    if source.node:
        return Answer(allowed=True, words="a pod's node always reaches it")
    opening = _Opening(port=port, protocol=protocol, named=target.ports)
    sides = [
        _side("egress", source, target, policies, namespaces, opening),
        _side("ingress", target, source, policies, namespaces, opening),
    ]
    denials = [side.words for side in sides if not side.allowed]
    if denials:
        return Answer(allowed=False, words="; ".join(denials))
    grounds = [side.words for side in sides if side.words]
    if grounds:
        return Answer(allowed=True, words=f"allowed by {' and '.join(grounds)}")
    return Answer(allowed=True, words="no NetworkPolicy isolates either end")


def _side(
    direction: Literal["egress", "ingress"],
    own: Endpoint,
    other: Endpoint,
    policies: Sequence[Manifest],
    namespaces: Mapping[str, Labels],
    opening: _Opening,
) -> Answer:
    """What the policies of one end say; without words where none isolates it."""
    isolating = [each for each in policies if _isolates(each, own, direction)]
    if not isolating:
        return Answer(allowed=True, words="")
    peers = _PEERS[direction]
    allowing = [
        policy
        for policy in isolating
        for rule in policy["spec"].get(direction) or ()
        if not rule.get("ports") or any(opening.is_in(each) for each in rule["ports"])
        if not rule.get(peers) or any(_takes(p, other, policy, namespaces) for p in rule[peers])
    ]
    if allowing:
        return Answer(allowed=True, words=f"the {direction} of {_named(allowing)}")
    asked = f"{opening.protocol} {opening.port} {peers} {other}"
    words = f"no {direction} rule of {_named(isolating)} allows {asked}"
    return Answer(allowed=False, words=words)


def _named(policies: Sequence[Manifest]) -> str:
    names = dict.fromkeys(each["metadata"]["name"] for each in policies)
    return f"NetworkPolicy {', '.join(names)}"


def _isolates(policy: Manifest, end: Endpoint, direction: str) -> bool:
    spec = policy["spec"]
    default = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    return (
        policy["metadata"]["namespace"] == end.namespace
        and direction.capitalize() in (spec.get("policyTypes") or default)
        and selects(spec.get("podSelector") or {}, end.labels)
    )


def _takes(
    peer: Manifest, end: Endpoint, policy: Manifest, namespaces: Mapping[str, Labels]
) -> bool:
    """Whether a peer in a rule of that policy stands for the end."""
    block, spaces, pods = (peer.get(k) for k in ("ipBlock", "namespaceSelector", "podSelector"))
    if block is not None:
        return _contains(block, end.address)
    if spaces is None and pods is None:
        raise ValueError(f"{_named([policy])} has a peer that selects nothing: {dict(peer)}")
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
    # A cidr may have bits set beyond its mask, for the API server takes those.
    inside, *outside = (
        ip_address(address) in ip_network(cidr, strict=False)
        for cidr in (block["cidr"], *(block.get("except") or ()))
    )
    return inside and not any(outside)
