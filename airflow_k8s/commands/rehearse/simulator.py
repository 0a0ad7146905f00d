"""Simulates kubelets, a volume provisioner and operators on a cluster without real nodes."""

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
_SOURCE = "airflow-platform-rehearsal"


class Simulator:
    """Changes the cluster after every poll, as kubelets, provisioner and operators would.

    `any_image`: see `kubelet.waiting_message`.
    """

    def __init__(
        self, cluster: Cluster, operators: Sequence[Operator], *, any_image: bool = False
    ) -> None:
        self._cluster = cluster
        self._operators = [OPERATORS[name] for name in operators]
        self._any_image = any_image
        self._answered: set[str] = set()  # UIDs of claims that have a volume or an event

    @property
    def kinds(self) -> Mapping[str, str]:
        """Kind -> API version, for all kinds that the simulator reads in every namespace."""
        of_operators = {
            kind: version
            for operator in self._operators
            for kind, version in operator.kinds.items()
        }
        of_kubelets = {"Secret": "v1", "ConfigMap": "v1", "Service": "v1"}
        return {**WORKLOAD_KINDS, **of_kubelets, **of_operators}

    def reconcile(self, state: ClusterState) -> None:
        """Provisions volumes, runs the operators, and starts pods that can start."""
        for claim in state.of("PersistentVolumeClaim"):
            self._provision(claim, state)
        for operator in self._operators:
            operator.reconcile(self._cluster, state)
        for pod in state.of("Pod"):
            if pod["spec"].get("nodeName") and not has_started(pod) and not is_over(pod):
                self._start(pod, state)

    def _start(self, pod: Manifest, state: ClusterState) -> None:
        annotations = pod["metadata"].get("annotations", {})
        if START in annotations:
            return
        message = kubelet.waiting_message(pod, state, any_image=self._any_image)
        if message != annotations.get(WAITS, ""):
            self._annotate(pod, {WAITS: message or None})
        if not message:
            self._annotate(pod, {START: ""})

    def _annotate(self, pod: Manifest, annotations: Mapping[str, str | None]) -> None:
        try:
            self._cluster.merge(pod, {"metadata": {"annotations": annotations}})
        except NotFoundError:
            return  # the pod was deleted in the meantime

    def _provision(self, claim: Manifest, state: ClusterState) -> None:
        name = claim["spec"].get("storageClassName", "")
        storage_class = state.find("StorageClass", name)
        if storage_class is None or storage_class["provisioner"] != PROVISIONER:
            return
        if claim.get("status", {}).get("phase") == "Bound":
            self._grow(claim)
            return
        annotations = claim["metadata"].get("annotations", {})
        uid = claim["metadata"]["uid"]
        node = annotations.get(_SELECTED_NODE, "")
        if claim["spec"].get("volumeName") or uid in self._answered:
            return
        offered = storage_class["metadata"]["annotations"][MODES].split(",")
        missing = [mode for mode in claim["spec"]["accessModes"] if mode not in offered]
        if missing:
            message = f"storage class {name} offers {', '.join(offered)}, not {', '.join(missing)}"
            self._answered.add(uid)
            self._cluster.create(_event(claim, "ProvisioningFailed", message))
        elif node or storage_class["volumeBindingMode"] == "Immediate":
            self._answered.add(uid)
            local = storage_class["metadata"]["annotations"][LOCAL] == "true"
            self._cluster.create(_volume(claim, node if local else ""))

    def _grow(self, claim: Manifest) -> None:
        """Resizes the volume of a claim that requests another size."""
        size = claim["spec"]["resources"]["requests"]["storage"]
        if claim["status"].get("capacity", {}).get("storage") != size:
            resized = {"status": {"capacity": {"storage": size}}}
            self._cluster.merge(claim, resized, subresource="status")


def _volume(claim: Manifest, node: str) -> dict[str, Any]:
    """A volume for the claim. If a node is given, the volume is usable on that node only."""
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
            "persistentVolumeReclaimPolicy": "Retain",  # no program here deletes volumes
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


def _event(about: Manifest, reason: str, message: str) -> dict[str, Any]:
    metadata = about["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{metadata['name']}.", "namespace": metadata["namespace"]},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "source": {"component": _SOURCE},
        "involvedObject": {
            "apiVersion": about["apiVersion"],
            "kind": about["kind"],
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        },
    }
