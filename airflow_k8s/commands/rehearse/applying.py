"""Applies a manifest to a cluster as Pulumi's Kubernetes provider does."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from airflow_k8s.commands.rehearse.annotations import MANAGER
from airflow_k8s.commands.rehearse.changes import desired_content
from airflow_k8s.commands.rehearse.outcome import Outcome
from airflow_k8s.commands.rehearse.resource_manifest import (
    created_by,
    is_patch,
    patch_manager,
    replacement_fields,
)
from airflow_k8s.commands.rehearse.waiting import Waiter
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.replacement import changed_fields, loses_data, replacement_effect
from airflow_k8s.kube.taints import taint_text
from airflow_k8s.rendering.resources import RegisteredResource

_INVALID = 422  # HTTP status for a change of an immutable field, among others
_FORCE = "pulumi.com/patchForce"
_PAUSE = 0.1  # seconds between two requests while an object is deleted


@dataclass(frozen=True, kw_only=True)
class Applier:
    """Creates, updates, replaces and patches objects.

    With `only`, objects outside that namespace are validated by a server-side dry run.
    """

    cluster: Cluster
    poller: Poller
    waiter: Waiter
    idle_timeout: float  # seconds to wait for the deletion of a replaced object
    only: str = ""

    def apply(
        self,
        resource: RegisteredResource,
        manifest: dict[str, Any],
        provider_options: Mapping[str, Any],
        report: Callable[[str], None],
    ) -> Outcome:
        """Applies the manifest and waits until the object is ready.

        `report` is called with a text: what the object waits for. Raises ApiError if the server or
        a protection refuses the change.
        """
        namespace = self._namespace(manifest)
        dry_run = bool(self.only) and namespace != self.only
        self.poller.add_namespace(namespace)
        live = self._live(manifest)
        if is_patch(resource):
            return self._patch(resource, manifest, live, dry_run=dry_run)
        if live is not None and created_by(live) != resource.urn:
            raise ApiError(f'{manifest["kind"]} "{manifest["metadata"]["name"]}" already exists')
        replaced = None
        if live is not None and not dry_run:
            replaced = self._replace(resource, manifest, live, provider_options)
        now = self._send(manifest, MANAGER, dry_run=dry_run)
        if dry_run:
            return _checked(now)
        self.poller.reset_idle()
        if replaced:
            waited = self.waiter.wait(now, replaced.action, report)
            if waited.action == replaced.action:
                return replace(replaced, state=waited.state)
            return waited
        return self.waiter.wait(now, _action(live, now), report)

    def _patch(
        self, resource: RegisteredResource, manifest: Mapping[str, Any], live: Any, *, dry_run: bool
    ) -> Outcome:
        now = self._send(manifest, patch_manager(resource), dry_run=dry_run)
        if live is not None and manifest["kind"] == "Node":
            lost = removed_taints(live, now)
            if lost:
                message = f"it removes taints that the stack does not manage: {lost}"
                return Outcome(action="refused", message=message)
        return _checked(now) if dry_run else Outcome(action=_action(live, now), state=now)

    def _replace(
        self,
        resource: RegisteredResource,
        manifest: Mapping[str, Any],
        live: Any,
        provider_options: Mapping[str, Any],
    ) -> Outcome | None:
        """Deletes the object if its change requires a replacement; returns None if it does not."""
        fields = replacement_fields(manifest, provider_options)
        if not fields:
            return None
        try:
            # The server normalizes values, such as 1000m to 1.
            planned = self.cluster.apply(manifest, manager=MANAGER, dry_run=True)
        except ApiError as error:
            if error.code != _INVALID:
                raise
            planned = manifest
        fields = changed_fields(fields, planned, live, manager=MANAGER)
        if not fields:
            return None
        reason = f"replaced because of {', '.join(fields)}"
        if resource.protect:
            raise ApiError(f"it is protected, and would be {reason}")
        self.cluster.delete(live)
        self._wait_for_deletion(live)
        effect = replacement_effect(manifest["kind"])
        return Outcome(
            action="replaced",
            message="; ".join(filter(None, (reason, effect))),
            loses_data=loses_data(manifest["kind"]),
        )

    def _send(self, manifest: Mapping[str, Any], manager: str, *, dry_run: bool) -> dict[str, Any]:
        force = manifest["metadata"].get("annotations", {}).get(_FORCE) == "true"
        return self.cluster.apply(manifest, manager=manager, force=force, dry_run=dry_run)

    def _namespace(self, manifest: Mapping[str, Any]) -> str:
        """The namespace of an object; empty if it is cluster-scoped. For a Namespace its own
        name."""
        metadata = manifest["metadata"]
        if manifest["kind"] == "Namespace":
            return str(metadata["name"])
        if not self.cluster.is_namespaced(manifest["apiVersion"], manifest["kind"]):
            return ""
        return str(metadata.get("namespace", ""))

    def _live(self, manifest: Mapping[str, Any]) -> Any:
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace", "")
        return self.cluster.get(
            manifest["apiVersion"], manifest["kind"], metadata["name"], namespace
        )

    def _wait_for_deletion(self, live: Any) -> None:
        deadline = time.monotonic() + self.idle_timeout
        while self._live(live) is not None:
            if time.monotonic() > deadline:
                raise ApiError(
                    f"{live['kind']} {live['metadata']['name']} was not deleted"
                    f" within {self.idle_timeout:.0f} s"
                )
            time.sleep(_PAUSE)


def _checked(now: Mapping[str, Any]) -> Outcome:
    message = "outside the namespace: validated by a dry run, not changed"
    return Outcome(action="checked", message=message, state=now)


def _action(live: Any, now: Mapping[str, Any]) -> Literal["created", "updated", "unchanged"]:
    if live is None:
        return "created"
    return "unchanged" if desired_content(live) == desired_content(now) else "updated"


def removed_taints(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The taints that a patch removed from a node, in kubectl's notation."""

    def taints(node: Mapping[str, Any]) -> dict[tuple[str, str], str]:
        found = node.get("spec", {}).get("taints") or ()
        return {(taint["key"], taint["effect"]): taint_text(taint) for taint in found}

    kept = taints(after)
    return ", ".join(text for key, text in taints(before).items() if key not in kept)
