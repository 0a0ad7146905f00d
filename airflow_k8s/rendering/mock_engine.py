"""The engine that answers a program without a cluster and without a provider."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

from airflow_k8s.rendering.resources import RegisteredResource
from airflow_k8s.stack.settings.secret import Secret


class Engine(Protocol):
    """Takes the place of Pulumi's engine and the providers behind it.

    Its methods are called concurrently on several threads. A resource is passed to it only after
    everything that the resource depends on has been answered.
    """

    def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
        """The id and the properties of the resource. Secret properties are of type `Secret`."""
        ...

    def read(self, resource: RegisteredResource) -> Mapping[str, Any]:
        """The properties of a resource that exists already."""
        ...


class MockEngine:
    """Answers like a cluster and a source of random values. The answers are the same each time."""

    def __init__(self, nodes: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._nodes = nodes or {}

    def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
        """The inputs of the resource, with the names and values that are generated for it."""
        state = dict(resource.inputs)
        seed = f"{resource.name} {state.get('keepers')}"
        if resource.type == "kubernetes:helm.sh/v3:Release":
            state["status"] = {"name": state["name"], "status": "deployed"}
        elif "metadata" in state and "name" not in state["metadata"]:
            state["metadata"] = {**state["metadata"], "name": auto_name(resource.name, seed)}
        return f"{resource.name}-id", state | generated_values(resource, seed)

    def read(self, resource: RegisteredResource) -> Mapping[str, Any]:
        """The name of the resource, and the fields of the node if it is one of the given nodes."""
        return {"metadata": {"name": resource.read}, **self._nodes.get(resource.read, {})}


def generated_values(resource: RegisteredResource, seed: str) -> dict[str, Secret]:
    """The output of a resource of the random provider, derived from the seed. Empty for others."""
    digest = hashlib.sha256(seed.encode()).digest()
    if resource.type == "random:index/randomPassword:RandomPassword":
        return {"result": Secret((digest.hex() * 8)[: int(resource.inputs["length"])])}
    if resource.type == "random:index/randomBytes:RandomBytes":  # in earlier revisions
        return {"base64": Secret(base64.b64encode(digest).decode())}
    return {}


def auto_name(name: str, seed: str) -> str:
    """A name like those that the Kubernetes provider generates: logical name and 8 characters."""
    return f"{name}-{hashlib.sha256(seed.encode()).hexdigest()[:8]}"
