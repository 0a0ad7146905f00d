"""The Secrets, ConfigMaps and claims that a pod's spec refers to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from airflow_k8s.kube.containers import containers_of
from airflow_k8s.kube.manifest import Manifest

ReferenceKind = Literal["Secret", "ConfigMap", "PersistentVolumeClaim"]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """An object that a pod refers to, and the key if the pod reads one key of it."""

    kind: ReferenceKind
    name: str
    key: str = ""  # empty: all keys
    optional: bool = False  # the pod starts without it


def references(pod_spec: Manifest) -> Iterator[Reference]:
    """The objects that the volumes and variables of a pod refer to.

    The pod does not start while one of these objects is missing, unless it is optional. Secrets
    for pulling images are not included: see `pull_secrets`.
    """
    for volume in pod_spec.get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            name = volume["persistentVolumeClaim"]["claimName"]
            yield Reference(kind="PersistentVolumeClaim", name=name)
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
            yield from _of_volume(source)
    for container in containers_of(pod_spec):
        yield from _of_container(container)


def pull_secrets(pod_spec: Manifest) -> list[Reference]:
    """The names of the Secrets with which the kubelet pulls the images of a pod.

    The pod may start without them: an image may be on the node already, or may be public.
    """
    return [
        Reference(kind="Secret", name=secret["name"])
        for secret in pod_spec.get("imagePullSecrets") or ()
    ]


def secrets_of(pod_spec: Manifest) -> set[str]:
    """The names of all Secrets that a pod refers to, those for pulling images included."""
    found = [*pull_secrets(pod_spec), *references(pod_spec)]
    return {reference.name for reference in found if reference.kind == "Secret"}


def mounted_claims(pod_spec: Manifest) -> list[str]:
    """The names of the PersistentVolumeClaims that a pod mounts."""
    return [
        reference.name
        for reference in references(pod_spec)
        if reference.kind == "PersistentVolumeClaim"
    ]


_VOLUME_FIELDS: tuple[tuple[str, ReferenceKind], ...] = (
    ("secret", "Secret"),
    ("configMap", "ConfigMap"),
)
_ENV_FROM_FIELDS: tuple[tuple[str, ReferenceKind], ...] = (
    ("secretRef", "Secret"),
    ("configMapRef", "ConfigMap"),
)
_VALUE_FROM_FIELDS: tuple[tuple[str, ReferenceKind], ...] = (
    ("secretKeyRef", "Secret"),
    ("configMapKeyRef", "ConfigMap"),
)


def _of_volume(source: Manifest) -> Iterator[Reference]:
    """A volume, or one source of a projected volume: its keys, or the complete object."""
    for field, kind in _VOLUME_FIELDS:
        found = source.get(field)
        if found is None:
            continue
        name = found.get("secretName") or found["name"]  # projected sources have `name` for both
        optional = bool(found.get("optional"))
        for key in [item["key"] for item in found.get("items") or ()] or [""]:
            yield Reference(kind=kind, name=name, key=key, optional=optional)


def _of_container(container: Manifest) -> Iterator[Reference]:
    for source in container.get("envFrom") or ():
        for field, kind in _ENV_FROM_FIELDS:
            if field in source:
                found = source[field]
                optional = bool(found.get("optional"))
                yield Reference(kind=kind, name=found["name"], optional=optional)
    for variable in container.get("env") or ():
        value_from = variable.get("valueFrom") or {}
        for field, kind in _VALUE_FROM_FIELDS:
            if field in value_from:
                found = value_from[field]
                optional = bool(found.get("optional"))
                yield Reference(kind=kind, name=found["name"], key=found["key"], optional=optional)
