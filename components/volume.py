"""Volumes that outlive pods and the release."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings.airflow import Storage
from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class VolumeArgs:
    """What is claimed."""

    claim: str  # the claim's name in Kubernetes, which pods refer to
    component: str  # whose data it is, for the labels
    namespace: pulumi.Input[str]
    storage: Storage
    protect: bool  # refuse to delete it: the data has no other copy


class Volume(pulumi.ComponentResource):
    """A claim outside the chart, so that no uninstall takes its data along."""

    claim: pulumi.Output[str]

    def __init__(
        self, name: str, args: VolumeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:Volume", name, None, opts)

        claim = k8s.core.v1.PersistentVolumeClaim(
            f"{name}-claim",
            metadata={
                "name": args.claim,
                "namespace": args.namespace,
                "labels": labels("airflow", args.component),
            },
            spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=[args.storage.access_mode],
                resources=k8s.core.v1.VolumeResourceRequirementsArgs(
                    requests={"storage": args.storage.size}
                ),
                # Left out, not empty: an empty class asks for a volume that no class provides.
                storage_class_name=args.storage.storage_class or None,
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

        self.claim = claim.metadata["name"]
        self.register_outputs({"claim": self.claim})
