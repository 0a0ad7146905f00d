"""The GPU nodes: what keeps other pods off them, and what leads task pods to them."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.cluster import Gpu, Taint
from airflow_k8s.stack.settings.prerequisites import KARPENTER
from airflow_k8s.stack.settings.schema import to_data
from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class GpuNodePoolArgs:
    """Which nodes, and how they are marked."""

    gpu: Gpu
    pool: str  # name of Karpenter's NodePool
    taints: pulumi.Input[dict[str, Any]]  # what each named node has now, in Kubernetes' spelling


class GpuNodePool(pulumi.ComponentResource):
    """Marks the GPU nodes, and tells authors of DAGs how to get there and nobody else."""

    node_selector: pulumi.Output[dict[str, str]]
    tolerations: pulumi.Output[list[dict[str, str]]]

    def __init__(
        self, name: str, args: GpuNodePoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:GpuNodePool", name, None, opts)

        gpu = args.gpu
        if gpu.mode == "nodes":
            taints = pulumi.Output.from_input(args.taints)
            for node in gpu.nodes:
                _mark(f"{name}-{node}", node, gpu, taints, self)
        elif gpu.mode == "karpenter":
            _node_pool(f"{name}-pool", args.pool, gpu, self)

        self.node_selector = pulumi.Output.from_input({gpu.label.key: gpu.label.value})
        self.tolerations = pulumi.Output.from_input([toleration(gpu.taint)])
        self.register_outputs(
            {"node_selector": self.node_selector, "tolerations": self.tolerations}
        )


def toleration(taint: Taint) -> dict[str, str]:
    """What a pod needs to be admitted to the nodes."""
    return {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}


def with_taint(now: list[dict[str, Any]], ours: Taint) -> list[dict[str, Any]]:
    """All the node's taints with ours among them; key and effect tell taints apart.

    Where ours stands already it keeps its place, so that nothing changes.
    """
    wanted = to_data(ours)
    same = [(t["key"], t["effect"]) == (ours.key, ours.effect) for t in now]
    if any(same):
        return [wanted if is_ours else t for t, is_ours in zip(now, same, strict=True)]
    return [*now, wanted]


def _mark(
    resource_name: str,
    node: str,
    gpu: Gpu,
    taints: pulumi.Output[dict[str, Any]],
    parent: pulumi.Resource,
) -> None:
    k8s.core.v1.NodePatch(
        f"{resource_name}-label",
        metadata={"name": node, "labels": {gpu.label.key: gpu.label.value}},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    ours: Any = {"taints": taints.apply(lambda each: with_taint(each[node], gpu.taint))}
    k8s.core.v1.NodePatch(
        f"{resource_name}-taint",
        # Server-side apply takes the taints as one list: without force any other manager's taint is
        # a conflict. Forced, the list is ours, which is why it holds everybody's.
        metadata={"name": node, "annotations": {"pulumi.com/patchForce": "true"}},
        spec=ours,
        # Letting go of the list would drop it whole, the others' taints included.
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=True),
    )


def _node_pool(resource_name: str, pool: str, gpu: Gpu, parent: pulumi.Resource) -> None:
    k8s.apiextensions.CustomResource(
        resource_name,
        api_version=KARPENTER,
        kind="NodePool",
        metadata={"name": pool, "labels": labels("karpenter", "gpu-node-pool")},
        spec={
            "template": {
                "metadata": {"labels": {gpu.label.key: gpu.label.value}},
                "spec": {
                    "nodeClassRef": to_data(gpu.karpenter.node_class),
                    "requirements": [to_data(each) for each in gpu.karpenter.requirements],
                    "taints": [to_data(gpu.taint)],
                },
            },
            "limits": {names.GPU: str(gpu.count)},
            # By default Karpenter moves running pods to save a node, which ends a task.
            "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "10m"},
        },
        opts=pulumi.ResourceOptions(parent=parent),
    )
