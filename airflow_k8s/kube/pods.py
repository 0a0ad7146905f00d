"""The pods of an object: their containers, requests, references and node constraints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from airflow_k8s.kube import quantity
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.references import Reference, pull_secrets, references

# The path of the pod template, by kind.
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
    """One container of a pod template."""

    name: str
    image: str
    requests: Mapping[str, str]  # resource → quantity
    limits: Mapping[str, str]  # resource → quantity
    is_init: bool = False
    is_sidecar: bool = False  # an init container that keeps running beside the later containers

    def request(self, resource: str) -> Fraction:
        """The requested amount of a resource. Without a request it is the limit, as in Kubernetes.

        Amounts are in base units: cores, bytes.
        """
        return quantity.parse(str(self.requests.get(resource, self.limits.get(resource, "0"))))


@dataclass(frozen=True, kw_only=True)
class Pods:
    """The pods that the controller of an object starts."""

    replicas: int
    containers: Sequence[Container]
    references: Sequence[Reference]  # to Secrets and claims, those for pulling images included
    node_selector: Mapping[str, str]
    tolerations: Sequence[Mapping[str, str]]
    template: Mapping[str, Any]  # empty for a Cluster of CloudNativePG

    def request(self, resource: str) -> Fraction:
        """The amount of a resource that the scheduler reserves for one pod, in base units.

        It is the maximum over time: the sum over all containers, or the request of an init
        container plus those of the sidecars that were started before it.
        """
        sidecars, peak = Fraction(0), Fraction(0)
        for container in self.containers:
            if container.is_init and container.is_sidecar:
                sidecars += container.request(resource)
            elif container.is_init:
                peak = max(peak, sidecars + container.request(resource))
        main = (c.request(resource) for c in self.containers if not c.is_init)
        return max(peak, sum(main, sidecars))


def pods_of(manifest: Manifest) -> Pods | None:
    """The pods of an object; None for an object of a kind that has no pods.

    For a Cluster of CloudNativePG these are the pods that the operator creates. A CronJob has zero
    replicas, because its pods do not run all the time.
    """
    if manifest["kind"] == "Cluster":
        return _of_database(manifest["spec"])
    if manifest["kind"] not in _TEMPLATE:
        return None
    template: Any = manifest
    for step in _TEMPLATE[manifest["kind"]]:
        template = template[step]
    spec = template["spec"]
    replicas = manifest["spec"].get("replicas")
    default = 0 if manifest["kind"] == "CronJob" else 1
    return Pods(
        replicas=default if replicas is None else replicas,
        containers=[
            *(_container(c, is_init=True) for c in spec.get("initContainers") or []),
            *(_container(c, is_init=False) for c in spec["containers"]),
        ],
        references=_references(spec),
        node_selector=spec.get("nodeSelector") or {},
        tolerations=spec.get("tolerations") or [],
        template=template,
    )


def _of_database(spec: Manifest) -> Pods:
    login = spec["bootstrap"]["initdb"]["secret"]["name"]
    container = {"name": "postgresql", "image": spec["imageName"], "resources": spec["resources"]}
    return Pods(
        replicas=spec["instances"],
        containers=[_container(container, is_init=False)],
        references=[Reference(kind="Secret", name=login)],
        node_selector={},
        tolerations=[],
        template={},
    )


def _container(spec: Manifest, *, is_init: bool) -> Container:
    resources = spec.get("resources") or {}
    return Container(
        name=spec["name"],
        image=spec["image"],
        requests=resources.get("requests") or {},
        limits=resources.get("limits") or {},
        is_init=is_init,
        is_sidecar=is_init and spec.get("restartPolicy") == "Always",
    )


def _references(spec: Manifest) -> list[Reference]:
    found = (*pull_secrets(spec), *references(spec))
    return list(dict.fromkeys(r for r in found if r.kind != "ConfigMap"))
