"""Why a scheduled pod can't start: the checks of the kubelet, and those of Airflow itself.

Pure: a pod and the state of the cluster in, a message out.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from airflow_k8s.commands.rehearse.annotations import START
from airflow_k8s.kube.conditions import condition, condition_since, has_started, is_over
from airflow_k8s.kube.containers import containers_of
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.references import mounted_claims, references
from airflow_k8s.kube.state import ClusterState

_CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_POSTGRES = 5432


def waiting_message(pod: Manifest, state: ClusterState, *, any_image: bool) -> str:
    """Why the pod can't start now, as the kubelet or Airflow reports it; empty if it can start.

    With `any_image` a migration Job with another image is sufficient, because the stand-in chart
    has its own image.
    """
    return next(
        (
            message
            for messages in (
                _configuration(pod, state),
                _attachments(pod, state),
                _database(pod, state),
                _migration(pod, state, any_image=any_image),
            )
            for message in messages
        ),
        "",
    )


def _configuration(pod: Manifest, state: ClusterState) -> Iterator[str]:
    """Yields a message for every Secret, ConfigMap or key that is missing."""
    namespace = pod["metadata"]["namespace"]
    for reference in references(pod["spec"]):
        kind, name, key = reference.kind, reference.name, reference.key
        if reference.optional or kind == "PersistentVolumeClaim":  # the scheduler waits for claims
            continue
        found = state.find(kind, name, namespace)
        if found is None:
            yield f'{kind.lower()} "{name}" not found'
        elif key and key not in {**found.get("data", {}), **found.get("binaryData", {})}:
            yield f"couldn't find key {key} in {kind} {namespace}/{name}"


def _attachments(pod: Manifest, state: ClusterState) -> Iterator[str]:
    """Yields a message for every volume that is attached to another node.

    A ReadWriteOnce volume is attached to the node of the pod that used it first.
    """
    namespace, node = pod["metadata"]["namespace"], pod["spec"].get("nodeName")
    for name in mounted_claims(pod["spec"]):
        claim = state.find("PersistentVolumeClaim", name, namespace)
        if claim is None or set(claim["spec"]["accessModes"]) & {"ReadWriteMany", "ReadOnlyMany"}:
            continue
        for other in state.of("Pod", namespace):
            its_node = other["spec"].get("nodeName", "")
            holds = its_node and not is_over(other) and name in mounted_claims(other["spec"])
            if holds and its_node != node and _precedence(other) < _precedence(pod):
                yield (
                    f"Multi-Attach error for claim {name}: it is {claim['spec']['accessModes'][0]},"
                    f" and pod {other['metadata']['name']} on node {its_node} uses it"
                )


def _precedence(pod: Manifest) -> tuple[bool, str, str]:
    """The sort key of a pod. The pod that got its volumes first has the smallest key."""
    metadata = pod["metadata"]
    started = has_started(pod) or START in metadata.get("annotations", {})
    return not started, condition_since(pod, "PodScheduled"), metadata["name"]


def _database(pod: Manifest, state: ClusterState) -> Iterator[str]:
    """Yields why the metadata database is not reachable: Airflow waits for it before it starts."""
    namespace = pod["metadata"]["namespace"]
    addresses = {
        address
        for container in containers_of(pod["spec"])
        for variable in container.get("env") or ()
        if variable["name"] == _CONNECTION
        for address in [_value(variable, namespace, state)]
        if address
    }
    for address in sorted(addresses):
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port or _POSTGRES
        except ValueError:
            yield f"{_CONNECTION} is not a valid URL"
            continue
        yield from _unreachable(host, port, namespace, state)


def _value(variable: Manifest, namespace: str, state: ClusterState) -> str:
    key = (variable.get("valueFrom") or {}).get("secretKeyRef")
    if not key:
        return str(variable.get("value", ""))
    secret: Mapping[str, Any] = state.find("Secret", key["name"], namespace) or {}
    encoded = secret.get("data", {}).get(key["key"], "")
    return base64.b64decode(encoded).decode(errors="replace")


def _unreachable(host: str, port: int, namespace: str, state: ClusterState) -> Iterator[str]:
    """Yields why a Service is not reachable. An address outside the cluster counts as reachable."""
    name, *rest = host.split(".")
    if ":" in host or (len(rest) > 1 and rest[1] != "svc"):
        return
    service_namespace = rest[0] if rest else namespace
    service = state.find("Service", name, service_namespace)
    if service is None:
        if not rest or service_namespace == namespace:
            yield f'could not translate host name "{host}" to address: the Service does not exist'
        return
    selector = service["spec"].get("selector")
    if not selector:  # its backend is outside the cluster
        return
    if port not in [item["port"] for item in service["spec"].get("ports") or ()]:
        yield f'connection to "{host}", port {port} refused: the Service has no such port'
    elif not state.has_ready_pod(selector, service_namespace):
        yield f'connection to "{host}", port {port} refused: no pod behind the Service is ready'


def _migration(pod: Manifest, state: ClusterState, *, any_image: bool) -> Iterator[str]:
    """Yields a message if the pod waits for a migration Job that is not complete.

    The chart's pods wait for a migration Job with the image of their own.
    """
    namespace = pod["metadata"]["namespace"]
    for container in containers_of(pod["spec"]):
        if "check-migrations" not in _command(container):
            continue
        done = {
            migration["image"]
            for job in state.of("Job", namespace)
            if condition(job, "Complete") == "True"
            for migration in containers_of(job["spec"]["template"]["spec"])
            if "db migrate" in _command(migration)
        }
        if not (done if any_image else container["image"] in done):
            yield f"no migration of the database to {container['image']} is complete"


def _command(container: Manifest) -> str:
    return " ".join([*(container.get("command") or ()), *(container.get("args") or ())])
