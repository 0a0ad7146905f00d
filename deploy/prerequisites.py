"""Whether a cluster has what a stack needs and does not make itself.

The program asks as well, whoever runs it; this tells it sooner, all at once, and with the default
storage class, which has no name to ask for.
"""

from collections.abc import Iterator

from rehearsal.cluster import Cluster
from settings import needs
from settings.model import Settings
from tools.command import version_in

OLDEST = (1, 30, 0)
"""The oldest Kubernetes that the README promises."""
_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def missing(cluster: Cluster, s: Settings) -> Iterator[str]:
    """What is not there, each with the way to it."""
    version = cluster.version()
    if version_in(version) < OLDEST:
        yield f"Kubernetes is {version}; 1.30 or newer is needed"
    for group in needs.api_groups(s):
        if not cluster.serves(*_KINDS[group]):
            yield f"no operator serves {group}: install {_OPERATORS[group]}"
    classes = cluster.list("storage.k8s.io/v1", "StorageClass")
    there = {each["metadata"]["name"] for each in classes}
    listed = ", ".join(sorted(there)) or "none"
    for name in needs.storage_classes(s):
        if name not in there:
            yield f"no storage class {name}; there are: {listed}"
    annotations = [each["metadata"].get("annotations") or {} for each in classes]
    if needs.default_storage_class(s) and all(a.get(_DEFAULT) != "true" for a in annotations):
        yield (
            f"no default storage class, and claims of this stack ask for it: mark one of {listed},"
            " or name one in data.storageClass, logs.volume.storageClass and database.storageClass"
        )
    nodes = {each["metadata"]["name"] for each in cluster.list("v1", "Node")}
    for name in needs.nodes(s):
        if name not in nodes:
            yield f"no node {name}, which gpu.nodes names; there are: {', '.join(sorted(nodes))}"


def told(s: Settings) -> str:
    """What was looked for, in words."""
    wanted = [
        f"Kubernetes {OLDEST[0]}.{OLDEST[1]}",
        *needs.api_groups(s),
        *(f"storage class {name}" for name in needs.storage_classes(s)),
        *(["a default storage class"] if needs.default_storage_class(s) else []),
        *(f"node {name}" for name in needs.nodes(s)),
    ]
    return ", ".join(wanted)


_KINDS = {
    needs.CLOUDNATIVE_PG: (needs.CLOUDNATIVE_PG, "Cluster"),
    needs.KARPENTER: (needs.KARPENTER, "NodePool"),
}
_OPERATORS = {
    needs.CLOUDNATIVE_PG: "CloudNativePG,"
    " https://cloudnative-pg.io/documentation/current/installation_upgrade/",
    needs.KARPENTER: "Karpenter, https://karpenter.sh/docs/getting-started/",
}
