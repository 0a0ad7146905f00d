"""The GPU nodes: the taint that keeps other pods off them, and the label that GPU tasks select."""

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
    """The nodes, with their label and taint."""

    gpu: Gpu
    pool: str  # name of Karpenter's NodePool
    taints: pulumi.Input[dict[str, Any]]  # node → its current taints, as Kubernetes writes them


class GpuNodePool(pulumi.ComponentResource):
    """Labels and taints the GPU nodes; its outputs are the node selector and the tolerations that a
    pod needs to run there."""

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
                _label_and_taint(f"{name}-{node}", node, gpu, taints, self)
        elif gpu.mode == "karpenter":
            _node_pool(f"{name}-pool", args.pool, gpu, self)

        self.node_selector = pulumi.Output.from_input({gpu.label.key: gpu.label.value})
        self.tolerations = pulumi.Output.from_input([toleration(gpu.taint)])
        self.register_outputs(
            {"node_selector": self.node_selector, "tolerations": self.tolerations}
        )


def toleration(taint: Taint) -> dict[str, str]:
    """The toleration of a pod for the taint."""
    return {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}


def with_taint(current: list[dict[str, Any]], taint: Taint) -> list[dict[str, Any]]:
    """All current taints of a node, and the given one; key and effect identify a taint.

    A taint that the node has already keeps its place in the list, so nothing changes.
    """
    desired = to_data(taint)
    is_same = [(other["key"], other["effect"]) == (taint.key, taint.effect) for other in current]
    if any(is_same):
        return [desired if same else other for other, same in zip(current, is_same, strict=True)]
    return [*current, desired]


def _label_and_taint(
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
    spec: Any = {"taints": taints.apply(lambda by_node: with_taint(by_node[node], gpu.taint))}
    k8s.core.v1.NodePatch(
        f"{resource_name}-taint",
        # To server-side apply the list of taints is one field. Without force the taint of another
        # manager is a conflict. With force this program owns the list, so the list contains the
        # taints of all managers.
        metadata={"name": node, "annotations": {"pulumi.com/patchForce": "true"}},
        spec=spec,
        # A deletion would remove the complete list, with the taints of other managers.
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
                    "requirements": [
                        to_data(requirement) for requirement in gpu.karpenter.requirements
                    ],
                    "taints": [to_data(gpu.taint)],
                },
            },
            "limits": {names.GPU: str(gpu.count)},
            # By default Karpenter evicts running pods to save a node, which would kill a task.
            "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "10m"},
        },
        opts=pulumi.ResourceOptions(parent=parent),
    )
