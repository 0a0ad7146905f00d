"""NetworkPolicies that deny every connection which the platform does not need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class NetworkIsolationArgs:
    """The NetworkPolicies."""

    namespace: pulumi.Input[str]
    policies: Mapping[str, Any]  # the spec of each NetworkPolicy by its name


class NetworkIsolation(pulumi.ComponentResource):
    """NetworkPolicies for all pods of the namespace, those of tasks too.

    The chart's own policies do not fit. They deny worker pods the execution API of the API server,
    have no rules for egress, and do not cover the DAG processor and the tasks.
    """

    policies: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: NetworkIsolationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:NetworkIsolation", name, None, opts)

        policies = [
            k8s.networking.v1.NetworkPolicy(
                f"{name}-{policy_name}",
                metadata={
                    "name": f"airflow-{policy_name}",
                    "namespace": args.namespace,
                    "labels": labels("airflow", "network-policy"),
                },
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for policy_name, spec in args.policies.items()
        ]

        self.policies = pulumi.Output.all(*(policy.metadata["name"] for policy in policies))
        self.register_outputs({"policies": self.policies})
