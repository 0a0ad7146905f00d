"""Plays what a simulated cluster lacks: kubelets, a provisioner of volumes, operators."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_k8s.commands.rehearse import kubelet
from airflow_k8s.commands.rehearse.annotations import START, WAITS
from airflow_k8s.commands.rehearse.inventory import LOCAL, MODES, PROVISIONER, Operator
from airflow_k8s.commands.rehearse.operators import OPERATORS
from airflow_k8s.kube.cluster import Cluster, NotFoundError
from airflow_k8s.kube.conditions import has_started, is_over
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.state import WORKLOAD_KINDS, ClusterState

_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_FROM = "airflow-platform-rehearsal"


class Simulator:
    """Acts on each look at the world."""

    def __init__(
        self, cluster: Cluster, operators: Sequence[Operator], *, any_image: bool = False
    ) -> None:
        self._cluster = cluster
        self._operators = [OPERATORS[name] for name in operators]
        self._any_image = any_image
        self._told: set[str] = set()  # claims that were told that they can't be served

    @property
    def kinds(self) -> Mapping[str, str]:
        """What it has to see in each namespace."""
        theirs = {kind: version for each in self._operators for kind, version in each.kinds.items()}
        needed = {"Secret": "v1", "ConfigMap": "v1", "Service": "v1"}
        return {**WORKLOAD_KINDS, **needed, **theirs}

    def reconcile(self, world: ClusterState) -> None:
        """Does what is due."""
        for claim in world.of("PersistentVolumeClaim"):
            self._provision(claim, world)
        for operator in self._operators:
            operator.reconcile(self._cluster, world)
        for pod in world.of("Pod"):
            if pod["spec"].get("nodeName") and not has_started(pod) and not is_over(pod):
                self._start(pod, world)

    def _start(self, pod: Manifest, world: ClusterState) -> None:
        annotations = pod["metadata"].get("annotations", {})
        if START in annotations:
            return
        waits = kubelet.waits_for(pod, world, any_image=self._any_image)
        if waits != annotations.get(WAITS, ""):
            self._annotate(pod, {WAITS: waits or None})
        if not waits:
            self._annotate(pod, {START: ""})

    def _annotate(self, pod: Manifest, annotations: Mapping[str, str | None]) -> None:
        try:
            self._cluster.merge(pod, {"metadata": {"annotations": annotations}})
        except NotFoundError:
            return  # the pod was deleted meanwhile

    def _provision(self, claim: Manifest, world: ClusterState) -> None:
        name = claim["spec"].get("storageClassName", "")
        storage_class = world.find("StorageClass", name)
        if storage_class is None or storage_class["provisioner"] != PROVISIONER:
            return
        if claim.get("status", {}).get("phase") == "Bound":
            self._grow(claim)
            return
        annotations = claim["metadata"].get("annotations", {})
        uid = claim["metadata"]["uid"]
        node = annotations.get(_SELECTED_NODE, "")
        if claim["spec"].get("volumeName") or uid in self._told:
            return
        offered = storage_class["metadata"]["annotations"][MODES].split(",")
        missing = [mode for mode in claim["spec"]["accessModes"] if mode not in offered]
        if missing:
            words = f"storage class {name} offers {', '.join(offered)}, not {', '.join(missing)}"
            self._told.add(uid)
            self._cluster.create(_event(claim, "ProvisioningFailed", words))
        elif node or storage_class["volumeBindingMode"] == "Immediate":
            self._told.add(uid)
            local = storage_class["metadata"]["annotations"][LOCAL] == "true"
            self._cluster.create(_volume(claim, node if local else ""))

    def _grow(self, claim: Manifest) -> None:
        wanted = claim["spec"]["resources"]["requests"]["storage"]
        if claim["status"].get("capacity", {}).get("storage") != wanted:
            self._cluster.merge(
                claim, {"status": {"capacity": {"storage": wanted}}}, subresource="status"
            )


def _volume(claim: Manifest, node: str) -> dict[str, Any]:
    """A volume for that claim alone; on that node alone where one is named."""
    metadata, spec = claim["metadata"], claim["spec"]
    hostname = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": [hostname]}]}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{metadata['uid']}"},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "storageClassName": spec["storageClassName"],
            "persistentVolumeReclaimPolicy": "Retain",  # nothing here could delete it
            "csi": {"driver": "rehearsal.airflow-platform", "volumeHandle": metadata["uid"]},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "uid": metadata["uid"],
            },
            **({"nodeAffinity": affinity} if node else {}),
        },
    }


def _event(about: Manifest, reason: str, words: str) -> dict[str, Any]:
    metadata = about["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{metadata['name']}.", "namespace": metadata["namespace"]},
        "type": "Warning",
        "reason": reason,
        "message": words,
        "source": {"component": _FROM},
        "involvedObject": {
            "apiVersion": about["apiVersion"],
            "kind": about["kind"],
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        },
    }
