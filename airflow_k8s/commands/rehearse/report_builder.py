"""Builds the parts of a report that describe the cluster. Pure: manifests in, report models out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_k8s.commands.rehearse.inventory import POOL
from airflow_k8s.commands.rehearse.live_objects import LiveObject, component
from airflow_k8s.commands.rehearse.report import Node, ObjectState, Pod
from airflow_k8s.commands.rehearse.troubles import find_troubles
from airflow_k8s.kube import quantity
from airflow_k8s.kube.conditions import condition, is_over
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.pods import Pods, pods_of
from airflow_k8s.kube.state import ClusterState
from airflow_k8s.kube.taints import taint_text
from airflow_k8s.stack.settings import names

_POOL_LABELS = (
    POOL,
    "eks.amazonaws.com/nodegroup",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "karpenter.sh/nodepool",
)
_NO_OWNER = "no owner"


def pool(node: Manifest) -> str:
    """The name of a node's pool, from the labels that clouds set; `nodes` if there is none."""
    labels = node["metadata"].get("labels", {})
    return next((str(labels[label]) for label in _POOL_LABELS if label in labels), "nodes")


def nodes(manifests: Iterable[Manifest]) -> list[Node]:
    """The nodes, sorted by pool and name."""
    found = [_node(node) for node in manifests]
    return sorted(found, key=lambda node: (node.pool, node.name))


def _node(node: Manifest) -> Node:
    allocatable = node["status"].get("allocatable", {})
    return Node(
        name=node["metadata"]["name"],
        pool=pool(node),
        cpu=_number(allocatable, "cpu"),
        memory=_number(allocatable, "memory"),
        gpus=int(_number(allocatable, names.GPU)),
        taints=[taint_text(taint) for taint in node.get("spec", {}).get("taints") or ()],
    )


def pods(state: ClusterState, namespace: str) -> list[Pod]:
    """The pods of a namespace that have not terminated, sorted by component and name."""
    found = [_pod(pod, state) for pod in state.of("Pod", namespace) if not is_over(pod)]
    return sorted(found, key=lambda pod: (pod.component, pod.name))


def _pod(pod: Manifest, state: ClusterState) -> Pod:
    template = pods_of(pod) or Pods(
        replicas=1, containers=(), references=(), node_selector={}, tolerations=(), template={}
    )
    return Pod(
        name=pod["metadata"]["name"],
        component=component(pod),
        node=pod["spec"].get("nodeName", ""),
        ready=condition(pod, "Ready") == "True",
        cpu=float(template.request("cpu")),
        memory=float(template.request("memory")),
        gpus=int(template.request(names.GPU)),
        message=why_not_ready(pod, state),
    )


def why_not_ready(pod: Manifest, state: ClusterState) -> str:
    """Why a pod is not ready; empty if it is ready or the reason is unknown."""
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    return next(
        (
            trouble.message
            for trouble in find_troubles(state, namespace)
            if (trouble.kind, trouble.name) == ("Pod", name)
        ),
        "",
    )


def objects(live_objects: Sequence[LiveObject], state: ClusterState) -> list[ObjectState]:
    """The objects, sorted by component. Pods and nodes are left out: they have own sections."""
    namespaces = {live.namespace for live in live_objects} - {""}
    failing = {
        (t.kind, t.name) for namespace in namespaces for t in find_troubles(state, namespace)
    }
    found = [
        ObjectState(
            component=_component(live),
            part=str(live.manifest["metadata"].get("labels", {}).get("component", ""))
            if live.release
            else "",
            kind=live.key[0],
            name=live.key[1],
            state=object_state(live.manifest),
            failed=live.key in failing,
        )
        for live in live_objects
        if live.key[0] not in ("Pod", "Node")
    ]
    return sorted(found, key=lambda own: (own.component, own.part, own.kind, own.name))


def _component(live: LiveObject) -> str:
    if live.release:
        return live.release
    if live.urn:
        # urn:pulumi:stack::project::types::name; the name begins with that of its component.
        return live.urn.rpartition("::")[2].partition("-")[0]
    return component(live.manifest) if live.controlled else _NO_OWNER


def object_state(manifest: Manifest) -> str:
    """The state of an object, such as 2/2 ready; empty for a kind without a state."""
    kind, spec, status = manifest["kind"], manifest.get("spec", {}), manifest.get("status", {})
    if kind in ("Deployment", "StatefulSet"):
        return f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)} ready"
    if kind == "Job":
        return "complete" if condition(manifest, "Complete") == "True" else "not complete"
    if kind == "PersistentVolumeClaim":
        size = spec["resources"]["requests"]["storage"]
        return f"{status.get('phase', '')} {size}, {', '.join(spec['accessModes'])}".strip()
    if kind == "CronJob":
        return str(spec.get("schedule", ""))
    return condition(manifest, "Ready") and f"Ready {condition(manifest, 'Ready')}"


def _number(resources: Mapping[str, Any], key: str) -> float:
    return float(quantity.parse(str(resources.get(key, "0"))))
