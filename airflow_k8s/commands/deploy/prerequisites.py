"""Whether a cluster has what a stack needs and does not create itself.

The program checks that too, whoever runs it. This check comes earlier, reports everything in one
message, and includes the default storage class, which has no name that the program could look up.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.stack.settings import prerequisites
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.toolchain.command import version_in

OLDEST = (1, 30, 0)
"""The oldest Kubernetes that the README supports."""
_DEFAULT = "storageclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What a cluster has, as far as a stack may need it."""

    version: str  # of Kubernetes
    api_groups: Collection[str]  # group/version, of those that stacks use
    storage_classes: Mapping[str, bool]  # by name, whether it is the default
    nodes: Collection[str]


def inventory(cluster: Cluster) -> Inventory:
    """What the cluster has now."""
    classes = [found["metadata"] for found in cluster.list("storage.k8s.io/v1", "StorageClass")]
    return Inventory(
        version=cluster.version(),
        api_groups=[group for group, kind in _KINDS.items() if cluster.serves(group, kind)],
        storage_classes={
            metadata["name"]: (metadata.get("annotations") or {}).get(_DEFAULT) == "true"
            for metadata in classes
        },
        nodes=[node["metadata"]["name"] for node in cluster.list("v1", "Node")],
    )


def missing(found: Inventory, settings: Settings) -> Iterator[str]:
    """What the cluster lacks, as texts with the way to add it."""
    if version_in(found.version) < OLDEST:
        yield f"Kubernetes is {found.version}; 1.30 or newer is needed"
    for group in prerequisites.api_groups(settings):
        if group not in found.api_groups:
            yield f"no operator serves {group}: install {_OPERATORS[group]}"
    classes = ", ".join(sorted(found.storage_classes)) or "none"
    for name in prerequisites.storage_classes(settings):
        if name not in found.storage_classes:
            yield f"no storage class {name}; the cluster has: {classes}"
    if prerequisites.default_storage_class(settings) and not any(found.storage_classes.values()):
        yield (
            "no default storage class, and claims of this stack request it: mark one of those in"
            f" the cluster ({classes}) as default, or name one in data.storageClass,"
            " logs.volume.storageClass and database.storageClass"
        )
    for name in prerequisites.nodes(settings):
        if name not in found.nodes:
            nodes = ", ".join(sorted(found.nodes))
            yield f"no node {name}, which gpu.nodes names; the cluster has: {nodes}"


def requirements(settings: Settings) -> list[str]:
    """What the stack needs, as names for the user."""
    return [
        f"Kubernetes {OLDEST[0]}.{OLDEST[1]}",
        *prerequisites.api_groups(settings),
        *(f"storage class {name}" for name in prerequisites.storage_classes(settings)),
        *(["a default storage class"] if prerequisites.default_storage_class(settings) else []),
        *(f"node {name}" for name in prerequisites.nodes(settings)),
    ]


_KINDS = {prerequisites.CLOUDNATIVE_PG: "Cluster", prerequisites.KARPENTER: "NodePool"}
_OPERATORS = {
    prerequisites.CLOUDNATIVE_PG: "CloudNativePG,"
    " https://cloudnative-pg.io/documentation/current/installation_upgrade/",
    prerequisites.KARPENTER: "Karpenter, https://karpenter.sh/docs/getting-started/",
}
