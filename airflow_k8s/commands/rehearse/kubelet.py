"""What a pod waits for before it can start: the kubelet's part, and what Airflow itself waits for.

Pure: a pod and the world in, the reason in words out.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from airflow_k8s.commands.rehearse.annotations import START
from airflow_k8s.kube.conditions import condition, condition_since, has_started, is_over
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.pods import all_containers, mounted_claims
from airflow_k8s.kube.state import ClusterState

_CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_POSTGRES = 5432


def waits_for(pod: Manifest, world: ClusterState, *, any_image: bool) -> str:
    """Why it can't start now, in the words of who would say so; empty where it can.

    With `any_image` a migration by another image counts too: the stand-in chart brings its own.
    """
    return next(
        (
            reason
            for reasons in (
                _configuration(pod, world),
                _attachments(pod, world),
                _database(pod, world),
                _migration(pod, world, any_image=any_image),
            )
            for reason in reasons
        ),
        "",
    )


def _configuration(pod: Manifest, world: ClusterState) -> Iterator[str]:
    """The Secrets and ConfigMaps that it must have, in the kubelet's words."""
    namespace = pod["metadata"]["namespace"]
    for kind, name, key in _references(pod["spec"]):
        found = world.find(kind, name, namespace)
        if found is None:
            yield f'{kind.lower()} "{name}" not found'
        elif key and key not in {**found.get("data", {}), **found.get("binaryData", {})}:
            yield f"couldn't find key {key} in {kind} {namespace}/{name}"


def _references(spec: Manifest) -> Iterator[tuple[str, str, str]]:
    """Kind, name and key (empty for the whole) of what must be there."""
    for container in all_containers(spec):
        for source in container.get("envFrom") or ():
            for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
                if field in source and not source[field].get("optional"):
                    yield kind, source[field]["name"], ""
        for variable in container.get("env") or ():
            given = variable.get("valueFrom") or {}
            for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                if field in given and not given[field].get("optional"):
                    yield kind, given[field]["name"], given[field]["key"]
    for volume in spec.get("volumes") or ():
        sources = [volume, *(volume.get("projected", {}).get("sources") or ())]
        for source in sources:
            for field, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
                wanted = source.get(field)
                if wanted and not wanted.get("optional"):
                    name = wanted.get("secretName") or wanted["name"]
                    keys = [item["key"] for item in wanted.get("items") or ()]
                    yield from ((kind, name, key) for key in keys or [""])


def _attachments(pod: Manifest, world: ClusterState) -> Iterator[str]:
    """A ReadWriteOnce volume is on one node at a time: that of the pod that came first."""
    namespace, node = pod["metadata"]["namespace"], pod["spec"].get("nodeName")
    for name in mounted_claims(pod["spec"]):
        claim = world.find("PersistentVolumeClaim", name, namespace)
        if claim is None or set(claim["spec"]["accessModes"]) & {"ReadWriteMany", "ReadOnlyMany"}:
            continue
        for other in world.of("Pod", namespace):
            there = other["spec"].get("nodeName", "")
            holds = there and not is_over(other) and name in mounted_claims(other["spec"])
            if holds and there != node and _came(other) < _came(pod):
                yield (
                    f"Multi-Attach error for claim {name}: it is {claim['spec']['accessModes'][0]},"
                    f" and pod {other['metadata']['name']} on node {there} uses it"
                )


def _came(pod: Manifest) -> tuple[bool, str, str]:
    """Sorts pods by when they got hold of their volumes."""
    metadata = pod["metadata"]
    started = has_started(pod) or START in metadata.get("annotations", {})
    return not started, condition_since(pod, "PodScheduled"), metadata["name"]


def _database(pod: Manifest, world: ClusterState) -> Iterator[str]:
    """Airflow does nothing before its database answers."""
    namespace = pod["metadata"]["namespace"]
    addresses = {
        address
        for container in all_containers(pod["spec"])
        for variable in container.get("env") or ()
        if variable["name"] == _CONNECTION
        for address in [_value(variable, namespace, world)]
        if address
    }
    for address in sorted(addresses):
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port or _POSTGRES
        except ValueError:
            yield f"{_CONNECTION} is no address"
            continue
        yield from _unreachable(host, port, namespace, world)


def _value(variable: Manifest, namespace: str, world: ClusterState) -> str:
    key = (variable.get("valueFrom") or {}).get("secretKeyRef")
    if not key:
        return str(variable.get("value", ""))
    secret: Mapping[str, Any] = world.find("Secret", key["name"], namespace) or {}
    encoded = secret.get("data", {}).get(key["key"], "")
    return base64.b64decode(encoded).decode(errors="replace")


def _unreachable(host: str, port: int, namespace: str, world: ClusterState) -> Iterator[str]:
    """Only names inside the cluster can be judged here."""
    name, *rest = host.split(".")
    if ":" in host or (len(rest) > 1 and rest[1] != "svc"):
        return
    theirs = rest[0] if rest else namespace
    service = world.find("Service", name, theirs)
    if service is None:
        if not rest or theirs == namespace:
            yield f'could not translate host name "{host}" to address: there is no such Service'
        return
    selector = service["spec"].get("selector")
    if not selector:  # it leads out of the cluster
        return
    if port not in [each["port"] for each in service["spec"].get("ports") or ()]:
        yield f'connection to "{host}", port {port} refused: the Service has no such port'
    elif not world.has_ready_pod(selector, theirs):
        yield f'connection to "{host}", port {port} refused: no pod behind the Service is ready'


def _migration(pod: Manifest, world: ClusterState, *, any_image: bool) -> Iterator[str]:
    """The chart's pods wait until the database has the schema of their own Airflow."""
    namespace = pod["metadata"]["namespace"]
    for container in all_containers(pod["spec"]):
        if "check-migrations" not in _command(container):
            continue
        done = {
            migration["image"]
            for job in world.of("Job", namespace)
            if condition(job, "Complete") == "True"
            for migration in all_containers(job["spec"]["template"]["spec"])
            if "db migrate" in _command(migration)
        }
        if not (done if any_image else container["image"] in done):
            yield f"no migration of the database to {container['image']} is complete"


def _command(container: Manifest) -> str:
    return " ".join([*(container.get("command") or ()), *(container.get("args") or ())])
