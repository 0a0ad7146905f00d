"""Objects that a stack needs from its cluster and does not create itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_kubernetes as k8s


@dataclass(frozen=True, kw_only=True)
class PrerequisitesArgs:
    """The objects that must exist."""

    api_groups: Sequence[str] = ()  # of operators, as group/version, such as karpenter.sh/v1
    storage_classes: Sequence[str] = ()
    nodes: Sequence[str] = ()


class Prerequisites(pulumi.ComponentResource):
    """Reads the objects; all other components depend on it.

    If an object is missing, the preview and the update fail before any change, with its name. So
    the patch of a node with a misspelt name can't create a Node of that name.
    """

    taints: pulumi.Output[dict[str, list[dict[str, str]]]]
    """Node → its current taints, as Kubernetes writes them."""

    def __init__(
        self, name: str, args: PrerequisitesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:Prerequisites", name, None, opts)

        for group_version in args.api_groups:
            group, version = group_version.split("/")
            # Kubernetes has an APIService for every group and version that it serves. It is smaller
            # than the operator's CustomResourceDefinition, and so is Pulumi's state.
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
    """The taints in the spelling of Kubernetes, with timeAdded, which NoExecute taints have."""
    fields = {"key": "key", "value": "value", "effect": "effect", "timeAdded": "time_added"}
    return [
        {name: text for name, field in fields.items() if (text := getattr(taint, field))}
        for taint in (spec and spec.taints) or []
    ]
