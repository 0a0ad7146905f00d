"""What becomes of what Pulumi has besides objects: the cluster, releases, generated secrets."""

from collections.abc import Iterator

from airflow_k8s.commands.diff.impact.consequence import Consequence
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource

_CLUSTER = "pulumi:providers:kubernetes"
_RELEASE = "kubernetes:helm.sh/v3:Release"


def resources(before: Evaluation, after: Evaluation) -> Iterator[Consequence]:
    """By the answers of pulumi-kubernetes 4.34 (DiffConfig in provider/pkg/provider/provider.go,
    Diff in helm_release.go)."""
    now = {each.urn: each for each in after.resources}
    for was in before.resources:
        same = now.get(was.urn)
        if was.type == _CLUSTER and same:
            yield from _cluster(was, same)
        elif was.type == _RELEASE:
            yield from _release(was, same, after)
        elif was.type.startswith("random:") and was.protect and same is None:
            words = "it is protected and no longer declared: the update stops there"
            yield Consequence(kind="refused", subject=f"{_kind(was)} {was.name}", words=words)


def _cluster(was: RegisteredResource, now: RegisteredResource) -> Iterator[Consequence]:
    before, after = (each.inputs.get("clusterIdentifier") for each in (was, now))
    if before and after and before != after:
        words = (
            f"cluster.identifier (or the context, where it is not set) was {before} and is {after}:"
            " to Pulumi every object is to be made anew there, and deleted where it was"
        )
        yield Consequence(kind="lost", subject="the whole stack", words=words)


def _release(
    was: RegisteredResource, now: RegisteredResource | None, after: Evaluation
) -> Iterator[Consequence]:
    subject = f"Release/{was.inputs['name']}"
    if now is None:
        others = [each for each in after.resources if each.type == _RELEASE and not each.aliased]
        if any(each.inputs["name"] == was.inputs["name"] for each in others):
            words = (
                "to Pulumi it is another resource, since its name or parent in the program differs,"
                " and Helm has a release of that name already. Give it an alias"
            )
            yield Consequence(kind="refused", subject=subject, words=words)
        else:
            yield Consequence(kind="replaced", subject=subject, words="Helm uninstalls it")
        return
    moved = [key for key in ("name", "namespace") if was.inputs[key] != now.inputs[key]]
    if moved:
        words = f"another {' and '.join(moved)}: Helm installs it anew and uninstalls the old one"
        yield Consequence(kind="replaced", subject=subject, words=words)


def _kind(resource: RegisteredResource) -> str:
    return resource.type.rpartition(":")[2]
