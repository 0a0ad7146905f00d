"""The objects of a cluster at one moment."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_k8s.kube.conditions import condition, is_over
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.selectors import matches_labels

WORKLOAD_KINDS: Mapping[str, str] = {
    "Pod": "v1",
    "PersistentVolumeClaim": "v1",
    "ReplicaSet": "apps/v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "Event": "v1",
}
"""The kinds that show whether pods come up, with their API versions."""

FIELD_SELECTORS: Mapping[str, str] = {"Secret": "type!=helm.sh/release.v1"}
"""The field selector for listing a kind. Helm stores each release in a large Secret of its own
type: these are not listed."""


class ClusterState:
    """Objects, found by kind, namespace and name."""

    def __init__(self, objects: Iterable[Manifest]) -> None:
        self._objects: dict[str, dict[tuple[str, str], Manifest]] = {}
        for manifest in objects:
            key = (manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"])
            self._objects.setdefault(manifest["kind"], {})[key] = manifest

    def of(self, kind: str, namespace: str = "") -> Iterator[Manifest]:
        """The objects of a kind: of one namespace, or of all namespaces if none is given."""
        for (own_namespace, _), manifest in self._objects.get(kind, {}).items():
            if not namespace or own_namespace == namespace:
                yield manifest

    def find(self, kind: str, name: str, namespace: str = "") -> Manifest | None:
        """The object of that kind and name, or None."""
        return self._objects.get(kind, {}).get((namespace, name))

    def owner(self, manifest: Manifest) -> Manifest | None:
        """The first of an object's owners that is part of this state, or None."""
        for reference in manifest["metadata"].get("ownerReferences", ()):
            found = self.find(
                reference["kind"], reference["name"], manifest["metadata"].get("namespace", "")
            )
            if found is not None:
                return found
        return None

    def has_ready_pod(self, selector: Mapping[str, str], namespace: str) -> bool:
        """Whether a Service with that selector has a ready pod behind it."""
        return any(
            condition(pod, "Ready") == "True" and not is_over(pod)
            for pod in self.of("Pod", namespace)
            if matches_labels(selector, pod)
        )

    def fingerprint(self) -> frozenset[tuple[Any, ...]]:
        """A value that changes while a workload starts, stops or makes progress.

        It covers the kinds in WORKLOAD_KINDS except events, which may repeat without progress.
        """
        return frozenset(
            (
                manifest["metadata"].get("uid"),
                manifest["metadata"].get("generation"),
                "deletionTimestamp" in manifest["metadata"],
                frozenset(manifest["metadata"].get("annotations", {}).items()),
                manifest.get("spec", {}).get("nodeName"),
                status.get("phase"),
                status.get("readyReplicas"),
                status.get("succeeded"),
                status.get("failed"),
                condition(manifest, "Ready"),
            )
            for kind in self._objects
            if kind in WORKLOAD_KINDS and kind != "Event"
            for manifest in self.of(kind)
            for status in [manifest.get("status", {})]
        )
