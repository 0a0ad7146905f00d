"""Lists the objects on a cluster, and what manages them: a program, a release or a controller."""

from dataclasses import dataclass

from airflow_k8s.commands.rehearse.annotations import LABEL, URN
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.ownership import CONTROL_PLANE_KINDS, is_in_every_namespace
from airflow_k8s.kube.state import FIELD_SELECTORS

# A new ReplicaSet is reported as a restart of its Deployment's pods.
_NOT_REPORTED = CONTROL_PLANE_KINDS | {"ReplicaSet"}
_RELEASE = "meta.helm.sh/release-name"

Key = tuple[str, str]  # kind and name


@dataclass(frozen=True, kw_only=True)
class LiveObject:
    """An object of a cluster, and what manages it."""

    manifest: Manifest
    urn: str  # of the Pulumi resource that created it; empty if there is none
    release: str  # the Helm release that it belongs to; empty if there is none
    controlled: bool  # a controller created it

    @property
    def key(self) -> Key:
        """Kind and name."""
        return self.manifest["kind"], self.manifest["metadata"]["name"]

    @property
    def namespace(self) -> str:
        """Its namespace; empty for a cluster-scoped object."""
        return str(self.manifest["metadata"].get("namespace", ""))

    @property
    def orphaned(self) -> bool:
        """Whether no program, release or controller manages it."""
        return not (self.urn or self.release or self.controlled)


def live_objects(cluster: Cluster, namespace: str) -> list[LiveObject]:
    """All objects of the namespace, without those that Kubernetes creates by itself."""
    return [
        _live_object(manifest)
        for api_version, kind in cluster.listable(namespaced=True)
        if kind not in _NOT_REPORTED
        for manifest in cluster.list(
            api_version, kind, namespace, fields=FIELD_SELECTORS.get(kind, "")
        )
        if not is_in_every_namespace(manifest)
    ]


def cluster_scoped_objects(cluster: Cluster, stack: str) -> list[LiveObject]:
    """The cluster-scoped objects that rehearsals of the stack created, and all nodes."""
    created = [
        _live_object(manifest)
        for api_version, kind in cluster.listable(namespaced=False)
        if kind != "Node"
        for manifest in cluster.list(api_version, kind, labels=f"{LABEL}={stack}")
    ]
    nodes = cluster.list("v1", "Node")
    return [
        *created,
        *(LiveObject(manifest=node, urn="", release="", controlled=True) for node in nodes),
    ]


def _live_object(manifest: Manifest) -> LiveObject:
    annotations = manifest["metadata"].get("annotations", {})
    labelled = LABEL in manifest["metadata"].get("labels", {})
    return LiveObject(
        manifest=manifest,
        urn=annotations.get(URN, "") if labelled else "",
        release=annotations.get(_RELEASE, ""),
        controlled=bool(manifest["metadata"].get("ownerReferences")),
    )


def component(pod: Manifest) -> str:
    """The component of the platform that a pod belongs to, such as scheduler or database."""
    labels = pod["metadata"].get("labels", {})
    if "cnpg.io/cluster" in labels:
        return "database"
    return str(
        labels.get("app.kubernetes.io/component")
        or labels.get("component")
        or pod["metadata"]["name"]
    )
