"""What a cluster holds at one moment, as far as a rehearsal cares."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Manifest = Mapping[str, Any]

PODS_AND_OWNERS: Mapping[str, str] = {
    "Pod": "v1",
    "PersistentVolumeClaim": "v1",
    "ReplicaSet": "apps/v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "Event": "v1",
}
"""The kinds that tell whether things come up, with their API versions."""

FIELDS: Mapping[str, str] = {"Secret": "type!=helm.sh/release.v1"}
"""Which objects of a kind count: what Helm keeps of a release is large, and nobody's concern."""

START = "rehearsal.airflow-platform/start"  # annotation of a simulated pod that may start
WAITS = "rehearsal.airflow-platform/waits"  # and of one that may not: what for


class World:
    """Objects by kind, namespace and name."""

    def __init__(self, objects: Iterable[Manifest]) -> None:
        self._objects: dict[str, dict[tuple[str, str], Manifest]] = {}
        for each in objects:
            key = (each["metadata"].get("namespace", ""), each["metadata"]["name"])
            self._objects.setdefault(each["kind"], {})[key] = each

    def of(self, kind: str, namespace: str = "") -> Iterator[Manifest]:
        """All of a kind, in one namespace if it is named."""
        for (own, _), each in self._objects.get(kind, {}).items():
            if not namespace or own == namespace:
                yield each

    def find(self, kind: str, name: str, namespace: str = "") -> Manifest | None:
        """The one of that name, or None."""
        return self._objects.get(kind, {}).get((namespace, name))

    def owner(self, each: Manifest) -> Manifest | None:
        """What controls it, where that is one of the kinds that are known here."""
        for reference in each["metadata"].get("ownerReferences", ()):
            found = self.find(
                reference["kind"], reference["name"], each["metadata"].get("namespace", "")
            )
            if found is not None:
                return found
        return None

    def answers(self, selector: Mapping[str, str], namespace: str) -> bool:
        """Whether a pod behind a Service with that selector is ready."""
        return any(
            condition(pod, "Ready") == "True" and not is_over(pod)
            for pod in self.of("Pod", namespace)
            if selects(selector, pod)
        )

    def progress(self) -> frozenset[tuple[Any, ...]]:
        """What differs as long as anything comes up or goes."""
        return frozenset(
            (
                each["metadata"].get("uid"),
                each["metadata"].get("generation"),
                "deletionTimestamp" in each["metadata"],
                each["metadata"].get("annotations", {}).get(WAITS),
                each.get("spec", {}).get("nodeName"),
                status.get("phase"),
                status.get("readyReplicas"),
                status.get("succeeded"),
                status.get("failed"),
                condition(each, "Ready"),
            )
            for kind in self._objects
            if kind in PODS_AND_OWNERS and kind != "Event"
            for each in self.of(kind)
            for status in [each.get("status", {})]
        )


def condition(each: Manifest, kind: str) -> str:
    """True, False or Unknown; empty where it has no such condition."""
    return str(_condition(each, kind).get("status", ""))


def condition_words(each: Manifest, kind: str) -> str:
    """What a condition says; empty where there is none."""
    return str(_condition(each, kind).get("message", ""))


def condition_since(each: Manifest, kind: str) -> str:
    """When a condition last changed, as Kubernetes writes times; empty where there is none."""
    return str(_condition(each, kind).get("lastTransitionTime", ""))


def _condition(each: Manifest, kind: str) -> Manifest:
    found = [c for c in each.get("status", {}).get("conditions") or () if c["type"] == kind]
    return found[0] if found else {}


def is_over(pod: Manifest) -> bool:
    """Whether it has ended or is about to."""
    ended = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    return ended or "deletionTimestamp" in pod["metadata"]


def has_started(pod: Manifest) -> bool:
    """Whether it runs or ran."""
    return bool(pod.get("status", {}).get("podIP"))


def containers(pod_spec: Manifest) -> list[Manifest]:
    """Those that run before the others, too."""
    return [*(pod_spec.get("initContainers") or ()), *pod_spec.get("containers", ())]


def claims(spec: Manifest) -> list[str]:
    """The names of the claims that it mounts."""
    return [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in spec.get("volumes") or ()
        if "persistentVolumeClaim" in volume
    ]


def selects(labels: Mapping[str, str], each: Manifest) -> bool:
    """Whether a plain selector takes it."""
    own = each["metadata"].get("labels", {})
    return bool(labels) and all(own.get(key) == value for key, value in labels.items())


def spelt(taint: Mapping[str, str]) -> str:
    """A taint as kubectl writes it."""
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint['key']}{value}:{taint['effect']}"
