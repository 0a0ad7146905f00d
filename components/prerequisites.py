"""What a stack needs from its cluster and does not make itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_kubernetes as k8s


@dataclass(frozen=True, kw_only=True)
class PrerequisitesArgs:
    """What must be there."""

    api_groups: Sequence[str] = ()  # served by an operator: group/version, such as karpenter.sh/v1
    storage_classes: Sequence[str] = ()
    nodes: Sequence[str] = ()


class Prerequisites(pulumi.ComponentResource):
    """Reads what must exist before the first change; everything else depends on it.

    A read of what is missing fails the preview as well as the update, and names it. That also keeps
    a patch of a misspelt node from creating a Node of that name.
    """

    taints: pulumi.Output[dict[str, list[dict[str, str]]]]
    """The taints that each node has now, as Kubernetes writes them, by the node's name."""

    def __init__(
        self, name: str, args: PrerequisitesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:Prerequisites", name, None, opts)

        for group_version in args.api_groups:
            group, version = group_version.split("/")
            # Kubernetes keeps an APIService for each group and version that it serves: smaller to
            # read, and to keep in the state, than the operator's CustomResourceDefinition.
            k8s.apiregistration.v1.APIService.get(
                f"{name}-operator-of-{group}",
                f"{version}.{group}",
                pulumi.ResourceOptions(parent=self),
            )
        for storage_class in args.storage_classes:
            k8s.storage.v1.StorageClass.get(
                f"{name}-storage-class-{storage_class}",
                storage_class,
                pulumi.ResourceOptions(parent=self),
            )
        taints = {
            node: k8s.core.v1.Node.get(
                f"{name}-node-{node}", node, pulumi.ResourceOptions(parent=self)
            ).spec.apply(_taints)
            for node in args.nodes
        }

        self.taints = pulumi.Output.from_input(cast(Any, taints))
        self.register_outputs({"taints": self.taints})


def _taints(spec: k8s.core.v1.outputs.NodeSpec | None) -> list[dict[str, str]]:
    """In Kubernetes' own spelling; when a NoExecute taint came stays with it."""
    fields = {"key": "key", "value": "value", "effect": "effect", "timeAdded": "time_added"}
    return [
        {name: text for name, field in fields.items() if (text := getattr(taint, field))}
        for taint in (spec and spec.taints) or []
    ]
