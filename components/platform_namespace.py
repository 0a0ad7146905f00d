"""The namespace of the platform, with its admission level, quota and limits."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings.airflow import Resources
from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class PlatformNamespaceArgs:
    """The name of the namespace, and the resources that it can use."""

    namespace: str
    quota: Mapping[str, str]  # ResourceQuota's hard limits, such as {"requests.cpu": "4"}
    container_defaults: Resources  # of a container without requests or limits
    protect: bool


class PlatformNamespace(pulumi.ComponentResource):
    """A namespace that admits only `restricted` pods, up to the size of the platform."""

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
        metadata = k8s.meta.v1.ObjectMetaArgs(
            name="airflow-platform",
            namespace=namespace.metadata["name"],
            labels=labels("airflow", "namespace"),
        )
        k8s.core.v1.ResourceQuota(
            f"{name}-quota",
            metadata=metadata,
            spec={"hard": args.quota},
            opts=pulumi.ResourceOptions(parent=self),
        )
        defaults = args.container_defaults
        k8s.core.v1.LimitRange(
            f"{name}-limits",
            metadata=metadata,
            spec={
                "limits": [
                    {
                        "type": "Container",
                        # No CPU limit: it would throttle containers that request more CPU.
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
