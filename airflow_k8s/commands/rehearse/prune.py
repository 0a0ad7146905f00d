"""Deletes resources that the program no longer registers, as `pulumi up` does."""

from collections.abc import Callable, Container, Iterator, Sequence

from airflow_k8s.commands.rehearse.annotations import LABEL, MANAGER, PROTECT, RETAIN
from airflow_k8s.commands.rehearse.live_objects import LiveObject
from airflow_k8s.commands.rehearse.report import Action, Step
from airflow_k8s.commands.rehearse.resource_manifest import is_patch, patch_manager
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.rendering.resources import Evaluation

Uninstall = Callable[[str], None]  # uninstalls a release by its name
_COMPONENT = "no longer declared"


def prune(
    cluster: Cluster,
    objects: Sequence[LiveObject],
    namespace: str,
    evaluation: Evaluation,
    declared: Container[tuple[str, str]],
    uninstall: Uninstall,
) -> Iterator[Step]:
    """Deletes releases, objects and patches that an earlier program created and this one does not.

    `declared` holds kind and name of the objects that this program declares. A protected object is
    not deleted: its step is refused.
    """
    current = {r.inputs["name"] for r in evaluation.resources if r.type.endswith(":Release")}
    for release in sorted(releases(cluster, namespace) - current):
        uninstall(release)
        yield _step("Release", release, "deleted")
    for live in objects:
        if live.urn and live.key not in declared:
            yield from _delete(cluster, live)
    managers = {patch_manager(r) for r in evaluation.resources if is_patch(r)}
    yield from _remove_patches(cluster, managers)


def releases(cluster: Cluster, namespace: str) -> set[str]:
    """The names of the Helm releases that rehearsals created."""
    secrets = cluster.list("v1", "Secret", namespace, labels=f"owner=helm,{LABEL}")
    return {secret["metadata"]["labels"]["name"] for secret in secrets}


def _delete(cluster: Cluster, live: LiveObject) -> Iterator[Step]:
    kind, name = live.key
    annotations = live.manifest["metadata"].get("annotations", {})
    if PROTECT in annotations:
        message = "it is protected, and the program no longer declares it"
        yield _step(kind, name, "refused", message)
    elif RETAIN not in annotations:
        cluster.delete(live.manifest)
        yield _step(kind, name, "deleted")


def _remove_patches(cluster: Cluster, managers: set[str]) -> Iterator[Step]:
    """Removes the fields that patches of earlier programs set on nodes.

    A patch stays if its field manager is one of `managers`, or if it is retained.
    """
    for node in cluster.list("v1", "Node"):
        name = node["metadata"]["name"]
        for entry in node["metadata"].get("managedFields", ()):
            manager = entry["manager"]
            is_ours = manager.startswith(f"{MANAGER}-") and not manager.endswith("-retained")
            if is_ours and manager not in managers:
                empty = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
                cluster.apply(empty, manager=manager)
                yield _step("Node", name, "updated", "a patch was removed")


def _step(kind: str, name: str, action: Action, message: str = "") -> Step:
    return Step(
        component=_COMPONENT, kind=kind, name=name, action=action, seconds=0, message=message
    )
