"""The cluster as a report shows it. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from airflow_k8s.commands.rehearse.annotations import pending_message
from airflow_k8s.commands.rehearse.holdings import LiveObject, component
from airflow_k8s.commands.rehearse.inventory import POOL
from airflow_k8s.commands.rehearse.report import Change, Node, ObjectState, Pod, Step
from airflow_k8s.kube import quantity
from airflow_k8s.kube.conditions import condition, is_over
from airflow_k8s.kube.diagnosis import troubles
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.pods import Pods, pods_of
from airflow_k8s.kube.state import ClusterState
from airflow_k8s.kube.taints import taint_text
from airflow_k8s.stack.settings import names


def pool(node: Manifest) -> str:
    """What its pool is called, by the labels that clouds use."""
    labels = node["metadata"].get("labels", {})
    for label in (
        POOL,
        "eks.amazonaws.com/nodegroup",
        "cloud.google.com/gke-nodepool",
        "kubernetes.azure.com/agentpool",
        "karpenter.sh/nodepool",
    ):
        if label in labels:
            return str(labels[label])
    return "nodes"


def nodes(manifests: Iterable[Manifest]) -> list[Node]:
    """The nodes by pool and name."""
    found = [
        Node(
            name=node["metadata"]["name"],
            pool=pool(node),
            cpu=_number(node["status"].get("allocatable", {}), "cpu"),
            memory=_number(node["status"].get("allocatable", {}), "memory"),
            gpus=int(_number(node["status"].get("allocatable", {}), names.GPU)),
            taints=[taint_text(taint) for taint in node.get("spec", {}).get("taints") or ()],
        )
        for node in manifests
    ]
    return sorted(found, key=lambda node: (node.pool, node.name))


def pods(world: ClusterState, namespace: str) -> list[Pod]:
    """The pods of a namespace that are not done."""
    found = [_pod(pod, world) for pod in world.of("Pod", namespace) if not is_over(pod)]
    return sorted(found, key=lambda pod: (pod.component, pod.name))


def _pod(pod: Manifest, world: ClusterState) -> Pod:
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
        words=why_not_ready(pod, world),
    )


def why_not_ready(pod: Manifest, world: ClusterState) -> str:
    """In words; empty for one that is ready, or where nothing is known."""
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    return next(
        (
            t.message
            for t in troubles(world, namespace, pending_message=pending_message)
            if (t.kind, t.name) == ("Pod", name)
        ),
        "",
    )


def objects(held: Sequence[LiveObject], world: ClusterState) -> list[ObjectState]:
    """All that the namespace holds, by component; pods are shown elsewhere."""
    namespaces = {each.namespace for each in held} - {""}
    failing = {
        (t.kind, t.name)
        for ns in namespaces
        for t in troubles(world, ns, pending_message=pending_message)
    }
    found = [
        ObjectState(
            component=_component(each),
            part=str(each.manifest["metadata"].get("labels", {}).get("component", ""))
            if each.release
            else "",
            kind=each.key[0],
            name=each.key[1],
            state=state(each.manifest),
            failed=each.key in failing,
        )
        for each in held
        if each.key[0] not in ("Pod", "Node")
    ]
    return sorted(found, key=lambda live: (live.component, live.part, live.kind, live.name))


def _component(each: LiveObject) -> str:
    if each.release:
        return each.release
    if each.urn:
        # urn:pulumi:stack::project::outermost$…$type::name; the name starts with its component's
        return each.urn.rpartition("::")[2].partition("-")[0]
    return component(each.manifest) if each.owned else "nobody's"


def state(manifest: Manifest) -> str:
    """What there is to say of it in a word or two."""
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


def refusals(steps: Iterable[Step]) -> Iterator[Change]:
    """The steps of an upgrade that were refused, and those that lose something."""
    for step in steps:
        if step.action == "refused":
            yield Change(effect="refused", kind=step.kind, name=step.name, words=step.words)


def _number(resources: Mapping[str, Any], key: str) -> float:
    return float(quantity.parse(str(resources.get(key, "0"))))
