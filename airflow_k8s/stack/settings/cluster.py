"""Settings of the cluster: its context, its GPU nodes and its prices."""

from dataclasses import dataclass
from typing import Literal

from airflow_k8s.stack.settings.schema import setting
from airflow_k8s.stack.settings.types import (
    LabelKey,
    LabelValue,
    NonEmptyText,
    NonNegativeInt,
    ObjectName,
    Price,
)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The cluster that the stack is deployed to."""

    context: str = setting("kubeconfig context of the cluster; `up` uses no other", "")
    identifier: str = setting(
        "what identifies the cluster; empty: the context. Keep it when you rename the context: a"
        " new identifier replaces every object",
        "",
    )
    several_nodes: bool = setting(
        "spread pods over several nodes; volumes that pods share must then be ReadWriteMany", False
    )


@dataclass(frozen=True, kw_only=True)
class Taint:
    """The taint that keeps other pods off the GPU nodes."""

    key: LabelKey = setting("key", "nvidia.com/gpu")
    value: LabelValue = setting("value", "present")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = setting("effect", "NoSchedule")


@dataclass(frozen=True, kw_only=True)
class Label:
    """The node label that GPU task pods select."""

    key: LabelKey = setting("key", "accelerator")
    value: LabelValue = setting("value", "nvidia-tesla-v100")


@dataclass(frozen=True, kw_only=True)
class NodeClass:
    """The cloud provider's node class of a Karpenter NodePool."""

    group: NonEmptyText = setting("API group", "karpenter.k8s.aws")
    kind: NonEmptyText = setting("kind", "EC2NodeClass")
    name: ObjectName = setting("name", "default")


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A requirement that Karpenter's nodes have to meet."""

    key: LabelKey = setting("label key")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] = setting(
        "operator", "In"
    )
    values: tuple[str, ...] = setting("label values", ())


@dataclass(frozen=True, kw_only=True)
class Karpenter:
    """The NodePool from which Karpenter creates GPU nodes."""

    node_class: NodeClass = setting("the cloud provider's node class", NodeClass())
    requirements: tuple[Requirement, ...] = setting(
        "requirements that the nodes have to meet; at least one", ()
    )


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """The GPU nodes."""

    mode: Literal["none", "nodes", "karpenter", "existing"] = setting(
        "none; nodes (the stack labels and taints the nodes that it names); karpenter (the stack"
        " creates a NodePool); existing (a node pool that labels and taints its own nodes)",
        "none",
    )
    nodes: tuple[ObjectName, ...] = setting("nodes: names of the nodes", ())
    count: NonNegativeInt = setting(
        "how many GPUs tasks can hold at the same time; also the limit of Karpenter's NodePool", 0
    )
    taint: Taint = setting("taint of the nodes", Taint())
    label: Label = setting("label of the nodes", Label())
    karpenter: Karpenter = setting("karpenter: the NodePool", Karpenter())


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Unit prices for the cost of the stack: requests by the hour, volumes by the month.

    The defaults are one public price list: AWS in us-east-1 (N. Virginia), on demand, without tax,
    June 2026. Fargate for Linux on x86: $0.04048 per vCPU-hour and $0.004445 per GB-hour
    (https://aws.amazon.com/fargate/pricing/). A GPU: the price of EC2's g5.xlarge ($1.006 per hour
    for an A10G, 4 vCPU and 16 GiB, https://aws.amazon.com/ec2/pricing/on-demand/) minus its vCPUs
    and memory at the prices above. EBS gp3: $0.08 per GB-month (https://aws.amazon.com/ebs/pricing/).

    A GB in that list is a GiB: a Fargate task of 0.5 GB has 512 MiB, and EBS volumes are sized in
    GiB. Multiply a price for a real GB (10^9 bytes) by 1.0737.
    """

    vcpu_hour: Price = setting("price of one requested core for an hour", 0.04048)
    gib_hour: Price = setting("price of one requested GiB of memory for an hour", 0.004445)
    gpu_hour: Price = setting(
        "price of one GPU for an hour, without the cores and the memory of its node", 0.773
    )
    gib_month: Price = setting("price of one GiB of volume for a month", 0.08)
    currency: NonEmptyText = setting(
        "currency of the prices; the default prices: AWS us-east-1 on demand, June 2026 (Fargate"
        " Linux x86, EC2 g5.xlarge, EBS gp3)",
        "USD",
    )
