"""Plays Pulumi's engine and its providers on a real cluster: what the program registers is made.

It is no second Pulumi: there is no state. What it generates follows from the resource alone, and
what was made is told by a label.
"""

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from airflow_k8s.commands.rehearse.annotations import (
    LABEL,
    MANAGER,
    PROTECT,
    RETAIN,
    URN,
    pending_message,
)
from airflow_k8s.commands.rehearse.holdings import content
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Action, Step
from airflow_k8s.kube import readiness
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.diagnosis import Trouble, troubles
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.replacement import (
    changed_fields,
    loses_data,
    replacement_effect,
    replacing_fields,
    value_at,
)
from airflow_k8s.kube.state import ClusterState
from airflow_k8s.kube.taints import taint_text
from airflow_k8s.rendering.manifests import component_of
from airflow_k8s.rendering.mock_engine import MockEngine, auto_name, generated_values
from airflow_k8s.rendering.resources import RegisteredResource
from airflow_k8s.stack.settings.secret import Secret

_WITHOUT_TROUBLE = 5  # times the idle_timeout
_INVALID = 422  # such as a change of what can't be changed
_AUTONAMED = "pulumi.com/autonamed"
_FORCE = "pulumi.com/patchForce"
_RELEASE = "kubernetes:helm.sh/v3:Release"
_PROVIDER = "pulumi:providers:kubernetes"

Install = Callable[[RegisteredResource, Callable[[], bool]], "Outcome"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a resource."""

    action: Action
    words: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)


class SimulatedEngine:
    """An `Engine` that acts on a cluster. `install` is what a Release does.

    When a resource fails, the resources that depend on it are skipped and all others are applied,
    so that one rehearsal finds every problem. Waiting ends when there is a trouble and the cluster
    has not changed for `idle_timeout` seconds. With `only`, objects outside that namespace are not
    changed: they are validated by a server-side dry run.
    """

    def __init__(
        self,
        cluster: Cluster,
        observer: Poller,
        progress: Progress,
        *,
        stack: str,
        install: Install,
        idle_timeout: float,
        only: str = "",
    ) -> None:
        self._cluster = cluster
        self._observer = observer
        self._progress = progress
        self._stack = stack
        self._install = install
        self._idle_timeout = idle_timeout
        self._only = only
        # Tells this cluster from all others, so that nobody can guess what is generated on it.
        self._salt = cluster.get("v1", "Namespace", "kube-system")["metadata"]["uid"]
        self._lock = Lock()
        self._by_urn: dict[str, RegisteredResource] = {}
        self.failed: set[str] = set()  # URNs
        self._options: dict[str, Mapping[str, Any]] = {}  # of Kubernetes providers, by URN
        self.made: set[tuple[str, str]] = set()  # kind and name of what the program declares
        self.troubles: list[Trouble] = []

    def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
        """As `Engine` says."""
        self._know(resource)
        seed = f"{self._salt} {resource.urn} {resource.inputs.get('keepers')}"
        state = {**resource.inputs, **generated_values(resource, seed)}
        if resource.type == _PROVIDER:
            self._options[resource.urn] = resource.inputs
        if resource.custom and resource.type.startswith("kubernetes:"):
            manifest = self._manifest(resource)
            kind, name = manifest["kind"], manifest["metadata"]["name"]
            self.made.add((kind, name))
            act = self._release if resource.type == _RELEASE else self._apply
            outcome = self._step(resource, kind, name, lambda: act(resource, manifest))
            # What failed looks as it should have come out: the program has to be heard to its end.
            state = {**MockEngine().create(resource)[1], **manifest, **outcome.state}
        return f"{resource.name}-id", state

    def read(self, resource: RegisteredResource) -> Mapping[str, Any]:
        """As `Engine` says; what is not there fails whatever depends on it."""
        self._know(resource)
        api_version, kind = _type_of(resource.type)
        namespace, _, name = resource.read.rpartition("/")

        def look() -> Outcome:
            found = self._cluster.get(api_version, kind, name, namespace)
            if found is None:
                return Outcome(action="refused", words=f"resource '{resource.read}' does not exist")
            return Outcome(action="read", state=found)

        return {**MockEngine().read(resource), **self._step(resource, kind, name, look).state}

    def _know(self, resource: RegisteredResource) -> None:
        with self._lock:
            self._by_urn[resource.urn] = resource

    def _step(
        self, resource: RegisteredResource, kind: str, name: str, act: Callable[[], Outcome]
    ) -> Outcome:
        component = component_of(resource, self._by_urn)
        broken = [urn for urn in self._needs(resource) if urn in self.failed]
        begun = time.monotonic()
        if broken:
            outcome = Outcome(action="skipped", words=f"{self._by_urn[broken[0]].name} failed")
        else:
            self._progress.begin(component, kind, name)
            try:
                outcome = act()
            except ApiError as refused:
                outcome = Outcome(action="refused", words=str(refused))
        step = Step(
            component=component,
            kind=kind,
            name=name,
            action=outcome.action,
            seconds=time.monotonic() - begun,
            words=outcome.words,
            loses_data=outcome.action == "replaced" and loses_data(kind),
        )
        if step.failed:
            self.failed.add(resource.urn)
        self._progress.end(step)
        return outcome

    def _needs(self, resource: RegisteredResource) -> list[str]:
        """What it depends on, and what the components around it depend on."""
        parent = self._by_urn.get(resource.parent)
        return [*resource.dependencies, *(self._needs(parent) if parent else ())]

    def _manifest(self, resource: RegisteredResource) -> dict[str, Any]:
        inputs = revealed(resource.inputs)
        if resource.type == _RELEASE:
            where = {"name": inputs["name"], "namespace": inputs["namespace"]}
            return {"kind": "Release", "metadata": where}
        if inputs["kind"] == "Secret" and "stringData" in inputs:
            texts = {k: _base64(v) for k, v in inputs.pop("stringData").items()}
            inputs["data"] = {**inputs.get("data", {}), **texts}
        metadata = dict(inputs.get("metadata") or {})
        if "name" not in metadata:
            # What Pulumi answers with a replacement is a new name here.
            fields = ("metadata.namespace", *self._forced(resource, inputs))
            decided = json.dumps([value_at(inputs, field) for field in fields], sort_keys=True)
            metadata["name"] = auto_name(resource.name, decided)
            metadata["annotations"] = {**metadata.get("annotations", {}), _AUTONAMED: "true"}
        if not resource.type.endswith("Patch"):
            metadata["labels"] = {**metadata.get("labels", {}), LABEL: self._stack}
            marks = {URN: resource.urn}
            marks |= {PROTECT: "true"} if resource.protect else {}
            marks |= {RETAIN: "true"} if resource.retain_on_delete else {}
            metadata["annotations"] = {**metadata.get("annotations", {}), **marks}
        return {**inputs, "metadata": metadata}

    def _apply(self, resource: RegisteredResource, manifest: dict[str, Any]) -> Outcome:
        cluster, metadata = self._cluster, manifest["metadata"]
        api_version, kind = manifest["apiVersion"], manifest["kind"]
        name, namespace = metadata["name"], metadata.get("namespace", "")
        is_patch = resource.type.endswith("Patch")
        within = name if kind == "Namespace" else namespace
        if not cluster.is_namespaced(api_version, kind) and kind != "Namespace":
            within = ""
        outside = bool(self._only) and within != self._only
        self._observer.add_namespace(within)
        live = cluster.get(api_version, kind, name, namespace)
        if live is not None and not is_patch and _made_by(live) != resource.urn:
            raise ApiError(f'{kind} "{name}" already exists')  # nothing is adopted silently
        words = ""
        action: Action = "created" if live is None else "updated"
        if live is not None and not is_patch and not outside:
            words = self._replace(resource, manifest, live)
            action = "replaced" if words else action
        manager = patch_manager(resource) if is_patch else MANAGER
        now = cluster.apply(
            manifest,
            manager=manager,
            force=metadata.get("annotations", {}).get(_FORCE) == "true",
            dry_run=outside,
        )
        if is_patch and live is not None and kind == "Node":
            lost = lost_taints(live, now)
            if lost:
                return Outcome(action="refused", words=f"it wipes taints of others: {lost}")
        if outside:
            return Outcome(action="checked", words="outside the namespace: not changed", state=now)
        if action == "updated" and live is not None and content(live) == content(now):
            action = "unchanged"
        if is_patch:
            return Outcome(action=action, words=words, state=now)
        self._observer.reset_idle()
        return self._await(resource, now, action, words)

    def _replace(self, resource: RegisteredResource, manifest: dict[str, Any], live: Any) -> str:
        """Deletes it where the change takes that, and says so; empty where it does not."""
        fields = self._forced(resource, manifest)
        if not fields:
            return ""
        try:
            # In the server's own spelling, where 1000m is 1.
            planned = self._cluster.apply(manifest, manager=MANAGER, dry_run=True)
        except ApiError as refused:
            if refused.code != _INVALID:
                raise
            planned = manifest
        fields = changed_fields(fields, planned, live, manager=MANAGER)
        if not fields:
            return ""
        because = f"replaced because of {', '.join(fields)}"
        if resource.protect:
            raise ApiError(f"it is protected, and would be {because}")
        self._cluster.delete(live)
        self._gone(live)
        return "; ".join(filter(None, (because, replacement_effect(manifest["kind"]))))

    def _forced(self, resource: RegisteredResource, manifest: Mapping[str, Any]) -> list[str]:
        options = self._options.get(resource.provider.rpartition("::")[0], {})
        return replacing_fields(
            manifest,
            secrets_mutable=_is_true(options.get("enableSecretMutable")),
            config_maps_mutable=_is_true(options.get("enableConfigMapMutable")),
        )

    def _gone(self, live: Any) -> None:
        metadata = live["metadata"]
        key = (live["apiVersion"], live["kind"], metadata["name"], metadata.get("namespace", ""))
        deadline = time.monotonic() + self._idle_timeout
        while self._cluster.get(*key) is not None:
            if time.monotonic() > deadline:
                raise ApiError(f"{live['kind']} {metadata['name']} does not go away")
            time.sleep(0.1)

    def _await(
        self, resource: RegisteredResource, made: Mapping[str, Any], action: Action, words: str
    ) -> Outcome:
        metadata, kind = made["metadata"], made["kind"]
        key = (made["apiVersion"], kind, metadata["name"], metadata.get("namespace", ""))
        component = component_of(resource, self._by_urn)
        waits = readiness.missing_for_ready(made, ClusterState(()))
        hopeless = self._judge(metadata.get("namespace", "")) if waits else None
        while waits and hopeless:
            world = self._observer.next_state()
            now = self._cluster.get(*key)
            if now is None:
                return Outcome(action="not ready", words="it was deleted meanwhile")
            made = now
            waits = readiness.missing_for_ready(now, world)
            if waits:
                self._progress.waits(component, kind, metadata["name"], waits)
                if hopeless(world):
                    return Outcome(action="not ready", words=f"it waits for {waits}", state=now)
        return Outcome(action=action, words=words, state=made)

    def _release(self, resource: RegisteredResource, manifest: Mapping[str, Any]) -> Outcome:
        namespace = manifest["metadata"]["namespace"]
        if self._only not in ("", namespace):
            return Outcome(action="refused", words=f"it is outside of namespace {self._only}")
        self._observer.add_namespace(namespace)
        self._observer.reset_idle()
        hopeless = self._judge(namespace)
        return self._install(resource, lambda: hopeless(self._observer.next_state()))

    def _judge(self, namespace: str) -> Callable[[ClusterState], bool]:
        """Tells, from now on, whether waiting any longer is hopeless; then it keeps the reasons.

        What stands in the way already may be just what is about to be mended.
        """
        old = set(troubles(self._observer.next_state(), namespace, pending_message=pending_message))

        def hopeless(world: ClusterState) -> bool:
            found = troubles(world, namespace, pending_message=pending_message)
            new = [each for each in found if each not in old]
            # Where nothing is wrong, as far as one can see, a busy machine may be all.
            idle_timeout = self._idle_timeout if new else _WITHOUT_TROUBLE * self._idle_timeout
            if self._observer.idle_seconds < idle_timeout and not any(each.fatal for each in new):
                return False
            with self._lock:
                self.troubles = found
            return True

        return hopeless


def revealed(value: Any) -> Any:
    """With the text of what hides itself, and without the fields that are null."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return {key: revealed(item) for key, item in value.items() if item is not None}
    return [revealed(item) for item in value] if isinstance(value, list) else value


def patch_manager(resource: RegisteredResource) -> str:
    """The field manager of a patch: its own, as the provider gives each one."""
    kept = "-retained" if resource.retain_on_delete else ""
    return f"{MANAGER}-{resource.name}{kept}"


def lost_taints(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The taints that a patch took from a node, in kubectl's spelling."""

    def taints(node: Mapping[str, Any]) -> dict[tuple[str, str], str]:
        found = node.get("spec", {}).get("taints") or ()
        return {(taint["key"], taint["effect"]): taint_text(taint) for taint in found}

    kept = taints(after)
    return ", ".join(text for key, text in taints(before).items() if key not in kept)


def _type_of(token: str) -> tuple[str, str]:
    """kubernetes:apps/v1:Deployment → apps/v1, Deployment."""
    _, group_version, kind = token.split(":")
    return group_version.removeprefix("core/"), kind


def _made_by(live: Mapping[str, Any]) -> str:
    """The URN of the resource that made it; empty where no rehearsal did."""
    return str(live["metadata"].get("annotations", {}).get(URN, ""))


def _is_true(value: Any) -> bool:
    """Providers get their options as JSON."""
    return value in (True, "true")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
