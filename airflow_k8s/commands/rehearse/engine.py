"""Simulates Pulumi's engine and providers: applies what the program registers to a cluster.

There is no Pulumi state. Generated values depend only on the resource and the cluster. A label on
each object names the stack that created it.
"""

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from airflow_k8s.commands.rehearse.applying import Applier
from airflow_k8s.commands.rehearse.outcome import Outcome
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Step
from airflow_k8s.commands.rehearse.resource_manifest import (
    PROVIDER,
    RELEASE,
    api_type,
    manifest_of,
)
from airflow_k8s.commands.rehearse.waiting import Waiter
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.poller import Poller
from airflow_k8s.rendering.manifests import component_of
from airflow_k8s.rendering.mock_engine import MockEngine, generated_values
from airflow_k8s.rendering.resources import RegisteredResource

# Installs a Helm release. It gets a function that returns whether to stop waiting.
Install = Callable[[RegisteredResource, Callable[[], bool]], Outcome]


class SimulatedEngine:
    """An `Engine` that acts on a cluster. `install` installs Helm releases.

    When a resource fails, the resources that depend on it are skipped and all others are applied,
    so that one rehearsal finds every problem. Waiting ends when there is a trouble and the cluster
    has not changed for `idle_timeout` seconds. With `only`, objects outside that namespace are not
    changed: they are validated by a server-side dry run.
    """

    def __init__(
        self,
        cluster: Cluster,
        poller: Poller,
        progress: Progress,
        *,
        stack: str,
        install: Install,
        idle_timeout: float,
        only: str = "",
    ) -> None:
        self._cluster = cluster
        self._poller = poller
        self._progress = progress
        self._stack = stack
        self._install = install
        self._only = only
        self._waiter = Waiter(cluster, poller, idle_timeout)
        self._applier = Applier(
            cluster=cluster,
            poller=poller,
            waiter=self._waiter,
            idle_timeout=idle_timeout,
            only=only,
        )
        # Random values differ between clusters, so that they can't be guessed.
        self._salt = cluster.get("v1", "Namespace", "kube-system")["metadata"]["uid"]
        self._lock = Lock()
        self._by_urn: dict[str, RegisteredResource] = {}
        self._provider_options: dict[str, Mapping[str, Any]] = {}  # by the provider's URN
        self.failed: set[str] = set()  # URNs
        self.declared: set[tuple[str, str]] = set()  # kind and name of the program's objects

    @property
    def troubles(self) -> list[Trouble]:
        """The troubles that made the engine stop waiting."""
        return self._waiter.troubles

    def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
        """Applies a resource; returns its ID and its outputs, as `Engine.create` requires."""
        self._remember(resource)
        seed = f"{self._salt} {resource.urn} {resource.inputs.get('keepers')}"
        state = {**resource.inputs, **generated_values(resource, seed)}
        if resource.type == PROVIDER:
            self._provider_options[resource.urn] = resource.inputs
        if resource.custom and resource.type.startswith("kubernetes:"):
            options = self._provider_options.get(resource.provider.rpartition("::")[0], {})
            manifest = manifest_of(resource, self._stack, options)
            outcome = self._apply(resource, manifest, options)
            # A failed resource gets plausible outputs, so that the program runs to its end.
            state = {**MockEngine().create(resource)[1], **manifest, **outcome.state}
        return f"{resource.name}-id", state

    def read(self, resource: RegisteredResource) -> Mapping[str, Any]:
        """Reads an existing object, as `Engine.read` requires. A missing object is a failure."""
        self._remember(resource)
        api_version, kind = api_type(resource.type)
        namespace, _, name = resource.read.rpartition("/")

        def read_object() -> Outcome:
            found = self._cluster.get(api_version, kind, name, namespace)
            if found is None:
                message = f"resource '{resource.read}' does not exist"
                return Outcome(action="refused", message=message)
            return Outcome(action="read", state=found)

        return {
            **MockEngine().read(resource),
            **self._step(resource, kind, name, read_object).state,
        }

    def _remember(self, resource: RegisteredResource) -> None:
        with self._lock:
            self._by_urn[resource.urn] = resource

    def _apply(
        self, resource: RegisteredResource, manifest: dict[str, Any], options: Mapping[str, Any]
    ) -> Outcome:
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        self.declared.add((kind, name))
        component = component_of(resource, self._by_urn)

        def waits(text: str) -> None:
            self._progress.waits(component, kind, name, text)

        def apply() -> Outcome:
            if resource.type == RELEASE:
                return self._release(resource, manifest["metadata"]["namespace"])
            return self._applier.apply(resource, manifest, options, waits)

        return self._step(resource, kind, name, apply)

    def _step(
        self, resource: RegisteredResource, kind: str, name: str, action: Callable[[], Outcome]
    ) -> Outcome:
        """Runs the action of a resource and records it, or skips it if a dependency failed."""
        component = component_of(resource, self._by_urn)
        failed = [urn for urn in self._dependencies(resource) if urn in self.failed]
        started = time.monotonic()
        if failed:
            message = f"{self._by_urn[failed[0]].name} failed"
            outcome = Outcome(action="skipped", message=message)
        else:
            self._progress.begin(component, kind, name)
            try:
                outcome = action()
            except ApiError as error:
                outcome = Outcome(action="refused", message=str(error))
        step = Step(
            component=component,
            kind=kind,
            name=name,
            action=outcome.action,
            seconds=time.monotonic() - started,
            message=outcome.message,
            loses_data=outcome.loses_data,
        )
        if step.failed:
            self.failed.add(resource.urn)
        self._progress.end(step)
        return outcome

    def _dependencies(self, resource: RegisteredResource) -> list[str]:
        """The URNs of the dependencies of a resource and of all components around it."""
        parent = self._by_urn.get(resource.parent)
        return [*resource.dependencies, *(self._dependencies(parent) if parent else ())]

    def _release(self, resource: RegisteredResource, namespace: str) -> Outcome:
        if self._only not in ("", namespace):
            return Outcome(action="refused", message=f"it is outside namespace {self._only}")
        self._poller.add_namespace(namespace)
        self._poller.reset_idle()
        gives_up = self._waiter.give_up_check(namespace)
        return self._install(resource, lambda: gives_up(self._poller.next_state()))
