"""Compares the objects on a cluster with those that a stack declares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import yaml

from airflow_k8s.commands.drift.field_managers import last_manager
from airflow_k8s.commands.drift.findings import Drift, FieldDrift, Finding, State, Unchecked
from airflow_k8s.commands.drift.normalize import (
    comparable,
    count_fields,
    patched_part,
    redacted,
    replacement_for,
    restricted_to,
    without_nulls,
)
from airflow_k8s.commands.drift.ownership import find_generated, undeclared
from airflow_k8s.kube.cluster import ApiError, Cluster, NotFoundError
from airflow_k8s.kube.fields import ABSENT, changes
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.ownership import CONTROL_PLANE_KINDS
from airflow_k8s.kube.state import FIELD_SELECTORS
from airflow_k8s.rendering.manifests import POD_TEMPLATE, TASK, TASK_POD, Object
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.yaml_io import document

_MAX_CONFLICTS = 5  # changes by others between reading an object and its dry run


@dataclass(frozen=True, kw_only=True)
class _Result:
    """The comparison of one object."""

    key: tuple[str, str]  # kind and name of the live object
    finding: Finding | None = None
    unchecked: Unchecked | None = None
    fields: int = 0  # that were compared


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The comparable parts of a desired object and of the live one."""

    desired: Mapping[str, Any]
    live: Mapping[str, Any]
    kept: int = 0  # fields that the desired side took over from the live object
    error: ApiError | None = None  # the API server's answer, if it refused the dry run

    @property
    def rejection(self) -> str:
        """The API server's message, if it rejects the desired object as invalid."""
        is_invalid = self.error and self.error.code == HTTPStatus.UNPROCESSABLE_ENTITY
        return str(self.error) if is_invalid else ""


def detect_drift(stack: RenderedStack, cluster: Cluster) -> Drift:
    """The difference between the stack and its cluster.

    Changes nothing. A dry run of an update asks the API server what each desired object would be
    with its defaults in place of the live one. That needs the permission to update objects.
    """
    namespace = stack.settings.namespace
    live_objects, unlisted = _list_namespace(cluster, namespace)
    templates = [obj.name for obj in stack.objects if _holds_task_pod(obj)]
    pod = _task_pod(live_objects, templates)
    results = [
        _check_task_pod(desired, pod)
        if desired.origin == TASK
        else _check(cluster, desired, live_objects)
        for desired in stack.objects
    ]
    known = {result.key for result in results}
    orphaned, unmanaged = list[Finding](), list[str]()
    for live, has_mark_of_stack in undeclared(live_objects, stack.objects, known):
        kind, name = live["kind"], live["metadata"]["name"]
        if has_mark_of_stack:
            finding = Finding(state=State.ORPHANED, kind=kind, name=name, origin="", part="")
            orphaned.append(finding)
        else:
            unmanaged.append(f"{kind}/{name}")
    return Drift(
        stack=stack.stack,
        context=cluster.context,
        namespace=namespace,
        chart=stack.chart.version,
        objects=len(stack.objects),
        fields=sum(result.fields for result in results),
        findings=[*(result.finding for result in results if result.finding), *orphaned],
        secret_texts=sum(_secret_texts(obj) for obj in stack.objects),
        unmanaged=sorted(unmanaged),
        unchecked=[*(result.unchecked for result in results if result.unchecked), *unlisted],
    )


def _list_namespace(cluster: Cluster, namespace: str) -> tuple[list[Manifest], list[Unchecked]]:
    """All objects in the namespace, and the kinds that could not be listed."""
    found, unlisted = list[Manifest](), list[Unchecked]()
    for api_version, kind in cluster.listable(namespaced=True):
        if kind in CONTROL_PLANE_KINDS:
            continue
        try:
            selector = FIELD_SELECTORS.get(kind, "")
            found += cluster.list(api_version, kind, namespace, fields=selector)
        except NotFoundError:
            continue  # the kind was removed since the API server named it
        except ApiError as error:
            unlisted.append(Unchecked(subject=f"orphaned {kind} objects", reason=str(error)))
    return found, unlisted


def _secret_texts(desired: Object) -> int:
    """How many texts of a Secret are not compared."""
    if desired.kind != "Secret":
        return 0
    return sum(len(desired.manifest.get(name) or {}) for name in ("data", "stringData"))


def _check(cluster: Cluster, desired: Object, live_objects: Sequence[Manifest]) -> _Result:
    """Compares a desired object with the live one."""
    kind, name = desired.kind, desired.name
    try:
        live = _find_live(cluster, desired, live_objects)
    except ApiError as error:
        unchecked = Unchecked(subject=desired.qualified_name, reason=str(error))
        return _Result(key=(kind, name), unchecked=unchecked)
    if live is None:
        return _Result(key=(kind, name), finding=_finding(desired, name, State.MISSING))
    if "deletionTimestamp" in live["metadata"] and not desired.patch:
        name = live["metadata"]["name"]
        return _Result(key=(kind, name), finding=_finding(desired, name, State.TERMINATING))
    live, sides = _sides(cluster, desired, live)
    result = _compare(desired, live, sides, live["metadata"]["name"])
    if sides.error and not sides.rejection:
        subject = f"fields that somebody added to {desired.qualified_name}"
        return replace(result, unchecked=Unchecked(subject=subject, reason=str(sides.error)))
    return result


def _find_live(
    cluster: Cluster, desired: Object, live_objects: Sequence[Manifest]
) -> Manifest | None:
    if "name" not in desired.manifest["metadata"]:
        return find_generated(desired, live_objects)
    return cluster.get(
        desired.manifest["apiVersion"], desired.kind, desired.name, desired.namespace
    )


def _check_task_pod(desired: Object, live: Manifest | None) -> _Result:
    """Compares the executor's pod template, which is an object of its own here."""
    if live is None:
        missing = _finding(desired, desired.name, State.MISSING)
        return _Result(key=(TASK_POD, desired.name), finding=missing)
    sides = _Sides(desired=comparable(without_nulls(desired.manifest)), live=comparable(live))
    return _compare(desired, live, sides, desired.name)


def _holds_task_pod(obj: Object) -> bool:
    return obj.kind == "ConfigMap" and POD_TEMPLATE in (obj.manifest.get("data") or {})


def _task_pod(live_objects: Sequence[Manifest], templates: Sequence[str]) -> Manifest | None:
    """The executor's pod template in a live ConfigMap of one of these names.

    None if there is no such ConfigMap, or if its text is no manifest.
    """
    for live in live_objects:
        if live["kind"] == "ConfigMap" and live["metadata"]["name"] in templates:
            try:
                found = document((live.get("data") or {}).get(POD_TEMPLATE, ""))
            except yaml.YAMLError:
                return None
            return found if isinstance(found, dict) and "kind" in found else None
    return None


def _sides(cluster: Cluster, desired: Object, live: Manifest) -> tuple[Manifest, _Sides]:
    """The live object and both sides. It is read again if somebody changes it meanwhile."""
    if desired.patch:
        part = patched_part(desired)
        return live, _Sides(desired=part, live=restricted_to(part, comparable(live)))
    kept = _count_kept(live, desired)
    if desired.kind == "Secret":  # its defaults are known, so that no text has to be sent
        part = comparable(replacement_for(live, desired))
        return live, _Sides(desired=part, live=comparable(live), kept=kept)
    try:
        live, planned = _dry_run(cluster, desired, live)
    except ApiError as error:
        part = comparable(replacement_for(live, desired))
        live_part = restricted_to(part, comparable(live))
        return live, _Sides(desired=part, live=live_part, kept=kept, error=error)
    return live, _Sides(desired=comparable(planned), live=comparable(live), kept=kept)


def _count_kept(live: Manifest, desired: Object) -> int:
    with_kept = comparable(replacement_for(live, desired))
    declared = comparable(without_nulls(desired.manifest))
    return count_fields(with_kept) - count_fields(declared)


def _dry_run(cluster: Cluster, desired: Object, live: Manifest) -> tuple[Manifest, Manifest]:
    """The live object, and what the API server would make of the desired one in its place."""
    for _ in range(_MAX_CONFLICTS):
        try:
            return live, cluster.replace(replacement_for(live, desired), dry_run=True)
        except ApiError as error:
            if error.code != HTTPStatus.CONFLICT:
                raise
        metadata = live["metadata"]
        place = (metadata["name"], metadata.get("namespace", ""))
        live = cluster.get(live["apiVersion"], live["kind"], *place) or live
    return live, cluster.replace(replacement_for(live, desired), dry_run=True)


def _compare(desired: Object, live: Manifest, sides: _Sides, name: str) -> _Result:
    fields = [
        FieldDrift(
            path=change.path,
            desired=redacted(change.path, change.before),
            live=redacted(change.path, change.after),
            manager="" if change.after is ABSENT else last_manager(live, change.path),
        )
        for change in changes(sides.desired, sides.live)
    ]
    finding = None
    if fields or sides.rejection:
        finding = replace(
            _finding(desired, name, State.CHANGED), fields=fields, rejection=sides.rejection
        )
    return _Result(
        key=(TASK_POD if desired.origin == TASK else desired.kind, name),
        finding=finding,
        fields=count_fields(sides.desired) - sides.kept,
    )


def _finding(desired: Object, name: str, state: State) -> Finding:
    is_task = desired.origin == TASK
    return Finding(
        state=state,
        kind="" if is_task else desired.kind,
        name=TASK_POD if is_task else name,
        origin=desired.origin,
        part=desired.part or desired.component,
    )
