"""What a pod template says: its containers, what they ask for, what they read, where it may run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from airflow_k8s.kube import quantity
from airflow_k8s.kube.manifest import Manifest

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
class Reference:
    """A Secret or a claim that a pod needs to start; a Secret's key where one is named."""

    kind: str
    name: str
    key: str = ""
    optional: bool = False


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
        references=list(dict.fromkeys(_references(spec))),
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


def _references(spec: Mapping[str, Any]) -> Iterator[Reference]:
    for secret in spec.get("imagePullSecrets") or []:
        yield Reference(kind="Secret", name=secret["name"])
    for volume in spec.get("volumes") or []:
        if "persistentVolumeClaim" in volume:
            yield Reference(kind="Claim", name=volume["persistentVolumeClaim"]["claimName"])
        if "secret" in volume:
            secret = volume["secret"]
            yield from _held(secret["secretName"], secret)
        for source in (volume.get("projected") or {}).get("sources") or []:
            if "secret" in source:
                yield from _held(source["secret"]["name"], source["secret"])
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        for source in container.get("envFrom") or []:
            if "secretRef" in source:
                secret = source["secretRef"]
                optional = bool(secret.get("optional"))
                yield Reference(kind="Secret", name=secret["name"], optional=optional)
        for variable in container.get("env") or []:
            key = (variable.get("valueFrom") or {}).get("secretKeyRef")
            if key:
                optional = bool(key.get("optional"))
                yield Reference(kind="Secret", name=key["name"], key=key["key"], optional=optional)


def _held(name: str, secret: Mapping[str, Any]) -> Iterator[Reference]:
    """What a volume holds of a Secret: the keys that it names, or all."""
    optional = bool(secret.get("optional"))
    for key in [item["key"] for item in secret.get("items") or []] or [""]:
        yield Reference(kind="Secret", name=name, key=key, optional=optional)


def all_containers(pod_spec: Manifest) -> list[Manifest]:
    """The init containers and the containers of a pod's spec, in this order."""
    return [*(pod_spec.get("initContainers") or ()), *(pod_spec.get("containers") or ())]


def mounted_claims(pod_spec: Manifest) -> list[str]:
    """The names of the PersistentVolumeClaims that a pod's spec mounts."""
    return [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod_spec.get("volumes") or ()
        if "persistentVolumeClaim" in volume
    ]
