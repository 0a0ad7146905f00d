"""What keeps the platform's pods from every connection that it does not need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class NetworkIsolationArgs:
    """What is let through."""

    namespace: pulumi.Input[str]
    policies: Mapping[str, Any]  # the spec of each NetworkPolicy by its name


class NetworkIsolation(pulumi.ComponentResource):
    """NetworkPolicies for all pods of the namespace, those of tasks too.

    Not the chart's: they leave the API server without a way in, which cuts worker pods off from
    the execution API, say nothing of connections out, and know neither DAG processor nor tasks.
    """

    policies: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: NetworkIsolationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:NetworkIsolation", name, None, opts)

        made = [
            k8s.networking.v1.NetworkPolicy(
                f"{name}-{called}",
                metadata={
                    "name": f"airflow-{called}",
                    "namespace": args.namespace,
                    "labels": labels("airflow", "network-policy"),
                },
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for called, spec in args.policies.items()
        ]

        self.policies = pulumi.Output.all(*(policy.metadata["name"] for policy in made))
        self.register_outputs({"policies": self.policies})
