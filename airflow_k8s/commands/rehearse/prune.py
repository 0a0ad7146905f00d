"""Takes away what the program no longer registers, as an update deletes it."""

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from airflow_k8s.commands.rehearse.annotations import LABEL, MANAGER, PROTECT, RETAIN
from airflow_k8s.commands.rehearse.engine import patch_manager
from airflow_k8s.commands.rehearse.holdings import LiveObject
from airflow_k8s.commands.rehearse.report import Step
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.rendering.resources import Evaluation

Uninstall = Callable[[str], None]


def prune(
    cluster: Cluster,
    held: list[LiveObject],
    namespace: str,
    evaluation: Evaluation,
    made: Container[tuple[str, str]],
    uninstall: Uninstall,
) -> Iterator[Step]:
    """What an earlier program made and this one did not (kind and name of what it did): deleted, or
    refused where it is protected."""
    names = {r.inputs["name"] for r in evaluation.resources if r.type.endswith(":Release")}
    for release in sorted(releases(cluster, namespace) - names):
        uninstall(release)
        yield _step("Release", release, "deleted")
    for each in held:
        if not each.urn or each.key in made:
            continue
        kind, name = each.key
        annotations = each.manifest["metadata"].get("annotations", {})
        if PROTECT in annotations:
            words = "it is protected, and the program no longer declares it"
            yield _step(kind, name, "refused", words)
        elif RETAIN not in annotations:
            cluster.delete(each.manifest)
            yield _step(kind, name, "deleted")
    managers = {patch_manager(r) for r in evaluation.resources if r.type.endswith("Patch")}
    yield from _let_go(cluster, managers)


def releases(cluster: Cluster, namespace: str) -> set[str]:
    """The Helm releases that a rehearsal made."""
    secrets = cluster.list("v1", "Secret", namespace, labels=f"owner=helm,{LABEL}")
    return {each["metadata"]["labels"]["name"] for each in secrets}


def _let_go(cluster: Cluster, managers: set[str]) -> Iterator[Step]:
    """Of the fields of nodes that patches held which are gone, unless they are retained."""
    for node in cluster.list("v1", "Node"):
        name = node["metadata"]["name"]
        for entry in node["metadata"].get("managedFields", ()):
            manager = entry["manager"]
            ours = manager.startswith(f"{MANAGER}-") and not manager.endswith("-retained")
            if ours and manager not in managers:
                empty: Mapping[str, Any] = {
                    "apiVersion": "v1",
                    "kind": "Node",
                    "metadata": {"name": name},
                }
                cluster.apply(empty, manager=manager)
                yield _step("Node", name, "updated", "a patch was taken back")


def _step(kind: str, name: str, action: Any, words: str = "") -> Step:
    return Step(
        component="no longer declared", kind=kind, name=name, action=action, seconds=0, words=words
    )
