"""Volumes that stay when pods or the release are deleted."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings.airflow import Storage
from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class VolumeArgs:
    """The claim, its labels and its storage."""

    claim: str  # name of the claim in Kubernetes
    component: str  # for the labels
    namespace: pulumi.Input[str]
    storage: Storage
    protect: bool  # refuse to delete the claim: it has the only copy of the data


class Volume(pulumi.ComponentResource):
    """A PersistentVolumeClaim outside the chart, so that an uninstall does not delete its data."""

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
                # None if empty: an empty class would match only volumes without a class.
                storage_class_name=args.storage.storage_class or None,
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

        self.claim = claim.metadata["name"]
        self.register_outputs({"claim": self.claim})
