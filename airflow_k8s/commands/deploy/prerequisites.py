"""Whether a cluster has what a stack needs and does not make itself.

The program asks as well, whoever runs it; this tells it sooner, all at once, and with the default
storage class, which has no name to ask for.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.stack.settings import prerequisites
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.toolchain.command import version_in

OLDEST = (1, 30, 0)
"""The oldest Kubernetes that the README promises."""
_DEFAULT = "storageclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a cluster has, as far as a stack may need it."""

    version: str  # of Kubernetes
    api_groups: Collection[str]  # group/version, of those that stacks use
    storage_classes: Mapping[str, bool]  # by name, whether it is the default
    nodes: Collection[str]


def offer(cluster: Cluster) -> Offer:
    """As the cluster is now."""
    classes = [each["metadata"] for each in cluster.list("storage.k8s.io/v1", "StorageClass")]
    return Offer(
        version=cluster.version(),
        api_groups=[group for group, kind in _KINDS.items() if cluster.serves(group, kind)],
        storage_classes={
            each["name"]: (each.get("annotations") or {}).get(_DEFAULT) == "true"
            for each in classes
        },
        nodes=[each["metadata"]["name"] for each in cluster.list("v1", "Node")],
    )


def missing(there: Offer, s: Settings) -> Iterator[str]:
    """What is not there, each with the way to it."""
    if version_in(there.version) < OLDEST:
        yield f"Kubernetes is {there.version}; 1.30 or newer is needed"
    for group in prerequisites.api_groups(s):
        if group not in there.api_groups:
            yield f"no operator serves {group}: install {_OPERATORS[group]}"
    listed = ", ".join(sorted(there.storage_classes)) or "none"
    for name in prerequisites.storage_classes(s):
        if name not in there.storage_classes:
            yield f"no storage class {name}; there are: {listed}"
    if prerequisites.default_storage_class(s) and not any(there.storage_classes.values()):
        yield (
            "no default storage class, and claims of this stack ask for it: mark one of those that"
            f" there are ({listed}), or name one in data.storageClass, logs.volume.storageClass and"
            " database.storageClass"
        )
    for name in prerequisites.nodes(s):
        if name not in there.nodes:
            nodes = ", ".join(sorted(there.nodes))
            yield f"no node {name}, which gpu.nodes names; there are: {nodes}"


def told(s: Settings) -> str:
    """What was looked for, in words."""
    wanted = [
        f"Kubernetes {OLDEST[0]}.{OLDEST[1]}",
        *prerequisites.api_groups(s),
        *(f"storage class {name}" for name in prerequisites.storage_classes(s)),
        *(["a default storage class"] if prerequisites.default_storage_class(s) else []),
        *(f"node {name}" for name in prerequisites.nodes(s)),
    ]
    return ", ".join(wanted)


_KINDS = {prerequisites.CLOUDNATIVE_PG: "Cluster", prerequisites.KARPENTER: "NodePool"}
_OPERATORS = {
    prerequisites.CLOUDNATIVE_PG: "CloudNativePG,"
    " https://cloudnative-pg.io/documentation/current/installation_upgrade/",
    prerequisites.KARPENTER: "Karpenter, https://karpenter.sh/docs/getting-started/",
}
