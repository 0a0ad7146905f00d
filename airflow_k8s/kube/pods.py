"""What a pod template says: its containers, what they ask for, what they read, where it may run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from airflow_k8s.kube import quantity
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.references import Reference, pull_secrets, references

_TEMPLATE = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
}


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container as its template has it."""

    name: str
    image: str
    requests: Mapping[str, str]
    limits: Mapping[str, str]
    before: bool = False  # runs before the others and ends
    stays: bool = False  # though before, it stays beside them: a sidecar

    def asks(self, resource: str) -> Fraction:
        """Its request, which is its limit where it has none."""
        return quantity.parse(str(self.requests.get(resource, self.limits.get(resource, "0"))))


@dataclass(frozen=True, kw_only=True)
class Pods:
    """The pods that an object stands for."""

    replicas: int
    containers: Sequence[Container]
    references: Sequence[Reference]
    node_selector: Mapping[str, str]
    tolerations: Sequence[Mapping[str, str]]
    template: Mapping[str, Any]

    def request(self, resource: str) -> Fraction:
        """What one pod asks for: its containers together, or a larger one that runs before."""
        asked = [(each, each.asks(resource)) for each in self.containers]
        beside, most = Fraction(0), Fraction(0)  # sidecars so far, and the most of any moment
        for container, amount in asked:
            if container.before and container.stays:
                beside += amount
            elif container.before:
                most = max(most, beside + amount)
        together = sum((amount for each, amount in asked if not each.before), beside)
        return max(most, together)


def pods_of(manifest: Mapping[str, Any]) -> Pods | None:
    """The pods of an object, None where it has none.

    A Cluster of CloudNativePG stands for the pods that its operator makes of it.
    """
    if manifest["kind"] == "Cluster":
        return _of_operator(manifest["spec"])
    if manifest["kind"] not in _TEMPLATE:
        return None
    template: Any = manifest
    for step in _TEMPLATE[manifest["kind"]]:
        template = template[step]
    spec = template["spec"]
    wanted = manifest["spec"].get("replicas")
    replicas = 0 if manifest["kind"] == "CronJob" else 1 if wanted is None else wanted
    return Pods(
        replicas=replicas,
        containers=[
            *(_container(c, before=True) for c in spec.get("initContainers") or []),
            *(_container(c, before=False) for c in spec["containers"]),
        ],
        references=_references(spec),
        node_selector=spec.get("nodeSelector") or {},
        tolerations=spec.get("tolerations") or [],
        template=template,
    )


def _of_operator(spec: Mapping[str, Any]) -> Pods:
    login = spec["bootstrap"]["initdb"]["secret"]["name"]
    container = {"name": "postgresql", "image": spec["imageName"], "resources": spec["resources"]}
    return Pods(
        replicas=spec["instances"],
        containers=[_container(container, before=False)],
        references=[Reference(kind="Secret", name=login)],
        node_selector={},
        tolerations=[],
        template={},
    )


def _container(spec: Mapping[str, Any], *, before: bool) -> Container:
    resources = spec.get("resources") or {}
    return Container(
        name=spec["name"],
        image=spec["image"],
        requests=resources.get("requests") or {},
        limits=resources.get("limits") or {},
        before=before,
        stays=spec.get("restartPolicy") == "Always",
    )


def _references(spec: Manifest) -> list[Reference]:
    found = (*pull_secrets(spec), *references(spec))
    return list(dict.fromkeys(r for r in found if r.kind != "ConfigMap"))
