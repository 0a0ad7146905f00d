"""GPU nodes: who goes there, and who stays off."""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.kube.containers import containers_of
from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.cluster import Gpu, Taint


@rule(remedy="Take node selector and toleration from here.pod(gpus=1), or ask for no GPU.")
def gpu_pod_goes_to_the_pool(scope: Scope) -> Iterator[Finding]:
    """A pod that asks for a GPU selects the pool's nodes and tolerates their taint; a stack without
    a pool has no such pod."""
    gpu = scope.settings.gpu
    for subject, template in scope.pod_templates():
        spec = template["spec"]
        if not _asks(template):
            continue
        if gpu.mode == "none":
            yield finding_for(subject, "it asks for a GPU, and the stack has none")
            continue
        if not any(_tolerates(t, gpu.taint) for t in spec.get("tolerations") or ()):
            yield finding_for(subject, f"it asks for a GPU and does not tolerate {gpu.taint.key}")
        if (spec.get("nodeSelector") or {}).get(gpu.label.key) != gpu.label.value:
            yield finding_for(
                subject, f"it asks for a GPU and does not select {gpu.label.key}={gpu.label.value}"
            )


@rule(remedy="Take the toleration away, or ask for a GPU.")
def gpu_nodes_for_gpu_pods(scope: Scope) -> Iterator[Finding]:
    """No other pod tolerates the GPU nodes' taint: it would take a place that costs."""
    taint = scope.settings.gpu.taint
    for subject, template in scope.pod_templates():
        tolerated = any(_tolerates(t, taint) for t in template["spec"].get("tolerations") or ())
        if tolerated and not _asks(template):
            yield finding_for(subject, f"it tolerates {taint.key} and asks for no GPU")


@rule(
    needs_complete_stack=True,
    remedy="Leave the marks of GPU nodes to the program, or set gpu.taint and gpu.label.",
)
def gpu_nodes_marked(scope: Scope) -> Iterator[Finding]:
    """The GPU nodes get the taint and the label that the stack says, which task pods rely on."""
    gpu = scope.settings.gpu
    for name in gpu.nodes if gpu.mode == "nodes" else ():
        patches = [o.manifest for o in scope.of_kind("Node") if o.name == name]
        taints = [t for p in patches for t in (p.get("spec") or {}).get("taints") or ()]
        labels = {k: v for p in patches for k, v in (p["metadata"].get("labels") or {}).items()}
        yield from _unmarked(f"Node/{name}", gpu, taints, labels)
    pools = list(scope.of_kind("NodePool"))
    if gpu.mode == "karpenter" and not pools:
        yield Finding(subject="NodePool/*", message="the stack does not make it")
    for pool in pools:
        template = pool.manifest["spec"]["template"]
        labels = template["metadata"].get("labels") or {}
        yield from _unmarked(pool.qualified_name, gpu, template["spec"].get("taints") or (), labels)


def _unmarked(subject: str, gpu: Gpu, taints: Any, labels: Any) -> Iterator[Finding]:
    taint, label = gpu.taint, gpu.label
    if {"key": taint.key, "value": taint.value, "effect": taint.effect} not in taints:
        words = f"its taints lack {taint.key}={taint.value}:{taint.effect}"
        yield Finding(subject=subject, message=words)
    if labels.get(label.key) != label.value:
        yield Finding(subject=subject, message=f"its labels lack {label.key}={label.value}")


def _asks(template: Any) -> bool:
    return any(
        int(((container.get("resources") or {}).get(kind) or {}).get(names.GPU, 0))
        for container in containers_of(template["spec"])
        for kind in ("limits", "requests")
    )


def _tolerates(toleration: Any, taint: Taint) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""
    if toleration.get("effect") not in (None, "", taint.effect):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.key)
    return (toleration.get("key"), toleration.get("value", "")) == (taint.key, taint.value)
