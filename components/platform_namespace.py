"""The namespace of the platform, with its guards."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings.airflow import Resources
from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class PlatformNamespaceArgs:
    """What the namespace is called and how much fits into it."""

    namespace: str
    quota: Mapping[str, str]  # ResourceQuota's hard limits, such as {"requests.cpu": "4"}
    container_defaults: Resources  # of a container that asks for nothing
    protect: bool


class PlatformNamespace(pulumi.ComponentResource):
    """A namespace that admits only `restricted` pods and no more than the platform is sized for."""

    namespace: pulumi.Output[str]

    def __init__(
        self, name: str, args: PlatformNamespaceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:PlatformNamespace", name, None, opts)

        modes = ("enforce", "audit", "warn")
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata={
                "name": args.namespace,
                "labels": labels("airflow", "namespace")
                | {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in modes},
            },
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        inside = k8s.meta.v1.ObjectMetaArgs(
            name="airflow-platform",
            namespace=namespace.metadata["name"],
            labels=labels("airflow", "namespace"),
        )
        k8s.core.v1.ResourceQuota(
            f"{name}-quota",
            metadata=inside,
            spec={"hard": args.quota},
            opts=pulumi.ResourceOptions(parent=self),
        )
        defaults = args.container_defaults
        k8s.core.v1.LimitRange(
            f"{name}-limits",
            metadata=inside,
            spec={
                "limits": [
                    {
                        "type": "Container",
                        # No CPU limit: it would throttle whoever asks for CPU and sets none.
                        "default": {"memory": defaults.limits.memory},
                        "default_request": {
                            "cpu": defaults.requests.cpu,
                            "memory": defaults.requests.memory,
                        },
                    }
                ]
            },
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.namespace = namespace.metadata["name"]
        self.register_outputs({"namespace": self.namespace})
