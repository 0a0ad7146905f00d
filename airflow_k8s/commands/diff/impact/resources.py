"""Resources of Pulumi that are no Kubernetes objects: the cluster, releases, generated values.

The effects are those of pulumi-kubernetes 4.34 (DiffConfig in provider/pkg/provider/provider.go,
Diff in helm_release.go).
"""

from collections.abc import Iterator

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Reason
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource

_PROVIDER = "pulumi:providers:kubernetes"
_RELEASE = "kubernetes:helm.sh/v3:Release"


def resource_consequences(before: Evaluation, after: Evaluation) -> Iterator[Consequence]:
    """What happens to the cluster, the Helm releases and the generated values."""
    resources_now = {resource.urn: resource for resource in after.resources}
    for old in before.resources:
        new = resources_now.get(old.urn)
        if old.type == _PROVIDER and new:
            yield from _cluster(old, new)
        elif old.type == _RELEASE:
            yield from _release(old, new, after)
        elif old.type.startswith("random:") and old.protect and new is None:
            yield Consequence(
                kind=Kind.REFUSED,
                subject=f"{_short_type(old)} {old.name}",
                message="it is protected and no longer declared: Pulumi stops the update",
                reason=Reason.PROTECTED,
            )


def _cluster(old: RegisteredResource, new: RegisteredResource) -> Iterator[Consequence]:
    before, after = (side.inputs.get("clusterIdentifier") for side in (old, new))
    if before and after and before != after:
        yield Consequence(
            kind=Kind.DATA_LOSS,
            subject="the complete stack",
            message=(
                f"cluster.identifier (or the context, if it is not set) changes from {before} to"
                f" {after}: Pulumi creates every object on the new cluster and deletes it from the"
                " old one"
            ),
            reason=Reason.OTHER_CLUSTER,
        )


def _release(
    old: RegisteredResource, new: RegisteredResource | None, after: Evaluation
) -> Iterator[Consequence]:
    subject = f"Release/{old.inputs['name']}"
    if new is None:
        candidates = [r for r in after.resources if r.type == _RELEASE and not r.aliased]
        if any(release.inputs["name"] == old.inputs["name"] for release in candidates):
            yield Consequence(
                kind=Kind.REFUSED,
                subject=subject,
                message=(
                    "its name or parent in the program changes, so that Pulumi takes it for a new"
                    " resource, and Helm already has a release of that name. Give it an alias"
                ),
                reason=Reason.OTHER_RESOURCE,
            )
        else:
            yield Consequence(
                kind=Kind.REPLACED,
                subject=subject,
                message="Helm uninstalls it",
                reason=Reason.REMOVED,
            )
        return
    changed = [key for key in ("name", "namespace") if old.inputs[key] != new.inputs[key]]
    if changed:
        yield Consequence(
            kind=Kind.REPLACED,
            subject=subject,
            message=(
                f"another {' and '.join(changed)}: Helm installs a new release and uninstalls the"
                " old one"
            ),
            reason=Reason.FORCES_REPLACEMENT,
        )


def _short_type(resource: RegisteredResource) -> str:
    return resource.type.rpartition(":")[2]
