"""Rules that keep GPU nodes for pods that request GPUs."""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.kube.containers import containers_of
from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.cluster import Gpu, Taint


@rule(remedy="Use here.pod(gpus=1), which sets node selector and toleration, or request no GPU.")
def gpu_pod_goes_to_the_pool(scope: Scope) -> Iterator[Finding]:
    """A pod that requests a GPU selects the nodes of the GPU pool and tolerates their taint. A
    stack without GPU nodes has no such pod."""
    gpu = scope.settings.gpu
    for subject, template in scope.pod_templates():
        spec = template["spec"]
        if not _requests_gpu(template):
            continue
        if gpu.mode == "none":
            yield finding_for(subject, "it requests a GPU, and the stack has no GPU nodes")
            continue
        if not any(_tolerates(t, gpu.taint) for t in spec.get("tolerations") or ()):
            yield finding_for(subject, f"it requests a GPU and does not tolerate {gpu.taint.key}")
        if (spec.get("nodeSelector") or {}).get(gpu.label.key) != gpu.label.value:
            yield finding_for(
                subject, f"it requests a GPU and does not select {gpu.label.key}={gpu.label.value}"
            )


@rule(remedy="Remove the toleration, or request a GPU.")
def gpu_nodes_for_gpu_pods(scope: Scope) -> Iterator[Finding]:
    """No other pod tolerates the taint of the GPU nodes: it would occupy an expensive node."""
    taint = scope.settings.gpu.taint
    for subject, template in scope.pod_templates():
        tolerated = any(_tolerates(t, taint) for t in template["spec"].get("tolerations") or ())
        if tolerated and not _requests_gpu(template):
            yield finding_for(subject, f"it tolerates {taint.key} and requests no GPU")


@rule(
    needs_complete_stack=True,
    remedy="Let the program set taint and label of GPU nodes, or set gpu.taint and gpu.label.",
)
def gpu_nodes_marked(scope: Scope) -> Iterator[Finding]:
    """The GPU nodes get the taint and the label of the stack, because task pods depend on them."""
    gpu = scope.settings.gpu
    for name in gpu.nodes if gpu.mode == "nodes" else ():
        patches = [o.manifest for o in scope.of_kind("Node") if o.name == name]
        taints = [t for p in patches for t in (p.get("spec") or {}).get("taints") or ()]
        labels = {k: v for p in patches for k, v in (p["metadata"].get("labels") or {}).items()}
        yield from _missing_marks(f"Node/{name}", gpu, taints, labels)
    pools = list(scope.of_kind("NodePool"))
    if gpu.mode == "karpenter" and not pools:
        yield Finding(subject="NodePool/*", message="the stack does not declare it")
    for pool in pools:
        template = pool.manifest["spec"]["template"]
        labels = template["metadata"].get("labels") or {}
        yield from _missing_marks(
            pool.qualified_name, gpu, template["spec"].get("taints") or (), labels
        )


def _missing_marks(subject: str, gpu: Gpu, taints: Any, labels: Any) -> Iterator[Finding]:
    taint, label = gpu.taint, gpu.label
    if {"key": taint.key, "value": taint.value, "effect": taint.effect} not in taints:
        message = f"its taints lack {taint.key}={taint.value}:{taint.effect}"
        yield Finding(subject=subject, message=message)
    if labels.get(label.key) != label.value:
        yield Finding(subject=subject, message=f"its labels lack {label.key}={label.value}")


def _requests_gpu(template: Any) -> bool:
    return any(
        int(((container.get("resources") or {}).get(kind) or {}).get(names.GPU, 0))
        for container in containers_of(template["spec"])
        for kind in ("limits", "requests")
    )


def _tolerates(toleration: Any, taint: Taint) -> bool:
    """Whether a toleration matches the taint.

    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """
    if toleration.get("effect") not in (None, "", taint.effect):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.key)
    return (toleration.get("key"), toleration.get("value", "")) == (taint.key, taint.value)
