"""Looks at a cluster, object by object, for what a stack promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from airflow_k8s.commands.drift.field_managers import written_by
from airflow_k8s.commands.drift.findings import Drift, Field, Finding, Unseen
from airflow_k8s.commands.drift.normalize import (
    POD_TEMPLATE,
    count,
    decided,
    in_place_of,
    patched,
    plain,
    shown,
    within,
)
from airflow_k8s.commands.drift.ownership import MADE_BY_KUBERNETES, counterpart, unpromised
from airflow_k8s.kube.cluster import ApiError, Cluster, NotFoundError
from airflow_k8s.kube.fields import ABSENT, changes
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.state import FIELD_SELECTORS
from airflow_k8s.rendering.manifests import TASK, TASK_POD, Object
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.yaml_io import document

_CONFLICT, _INVALID = 409, 422
_TIMES = 5  # that somebody else may come between a look and a dry run


@dataclass(frozen=True, kw_only=True)
class _Looked:
    """What became of the look at one object."""

    key: tuple[str, str]  # kind and name of the live one
    finding: Finding | None = None
    unseen: Unseen | None = None
    fields: int = 0


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """An object as it should be and as it is, as far as the two can be compared."""

    promised: Mapping[str, Any]
    live: Mapping[str, Any]
    kept: int = 0  # fields of the live one that were taken over, so that they say nothing
    refused: ApiError | None = None  # what the server said to the promised one


def look(platform: RenderedStack, cluster: Cluster) -> Drift:
    """What the cluster holds otherwise.

    Changes nothing: by dry runs the server is asked what each promised object would be with its
    defaults in place of the live one, which takes the right to update it.
    """
    namespace = platform.settings.namespace
    held, unseen = _held(cluster, namespace)
    templates = [each.name for each in platform.objects if _holds_task_pod(each)]
    pod = _task_pod(held, templates)
    looked = [
        _look_at_task_pod(each, pod) if each.origin == TASK else _look_at(cluster, each, held)
        for each in platform.objects
    ]
    known = {each.key for each in looked}
    nobodys = list(unpromised(held, platform.objects, known))
    left_over = [
        Finding(what="left over", kind=o["kind"], name=o["metadata"]["name"], origin="", part="")
        for o, is_of_the_stack in nobodys
        if is_of_the_stack
    ]
    return Drift(
        stack=platform.stack,
        context=cluster.context,
        namespace=namespace,
        chart=platform.chart.version,
        objects=len(platform.objects),
        fields=sum(each.fields for each in looked),
        findings=[*(each.finding for each in looked if each.finding), *left_over],
        texts=sum(_texts(each) for each in platform.objects),
        others=sorted(f"{o['kind']}/{o['metadata']['name']}" for o, ours in nobodys if not ours),
        unseen=[*(each.unseen for each in looked if each.unseen), *unseen],
    )


def _held(cluster: Cluster, namespace: str) -> tuple[list[Manifest], list[Unseen]]:
    """All that is in the namespace, and the kinds that could not be listed."""
    held, unseen = list[Manifest](), list[Unseen]()
    for api_version, kind in cluster.listable(namespaced=True):
        if kind in MADE_BY_KUBERNETES:
            continue
        try:
            held += cluster.list(api_version, kind, namespace, fields=FIELD_SELECTORS.get(kind, ""))
        except NotFoundError:
            continue  # the kind is no longer served
        except ApiError as refused:
            unseen.append(Unseen(what=f"{kind} objects left over", because=str(refused)))
    return held, unseen


def _texts(promised: Object) -> int:
    """How many texts of a Secret are not compared."""
    if promised.kind != "Secret":
        return 0
    return sum(len(promised.manifest.get(name) or {}) for name in ("data", "stringData"))


def _look_at(cluster: Cluster, promised: Object, held: Sequence[Manifest]) -> _Looked:
    kind, name = promised.kind, promised.name
    try:
        live = _live(cluster, promised, held)
    except ApiError as refused:
        unseen = Unseen(what=promised.qualified_name, because=str(refused))
        return _Looked(key=(kind, name), unseen=unseen)
    if live is None:
        return _Looked(key=(kind, name), finding=_finding(promised, name, what="missing"))
    if "deletionTimestamp" in live["metadata"] and not promised.patch:
        name = live["metadata"]["name"]
        return _Looked(key=(kind, name), finding=_finding(promised, name, what="going"))
    live, sides = _sides(cluster, promised, live)
    looked = _compared(promised, live, sides, live["metadata"]["name"])
    if sides.refused and sides.refused.code != _INVALID:
        what = f"{promised.qualified_name}, what was added to it"
        return replace(looked, unseen=Unseen(what=what, because=str(sides.refused)))
    return looked


def _live(cluster: Cluster, promised: Object, held: Sequence[Manifest]) -> Manifest | None:
    metadata = promised.manifest["metadata"]
    if "name" not in metadata:
        return counterpart(promised, held)
    return cluster.get(
        promised.manifest["apiVersion"], promised.kind, promised.name, promised.namespace
    )


def _look_at_task_pod(promised: Object, pod: Manifest | None) -> _Looked:
    if pod is None:
        missing = _finding(promised, promised.name, what="missing")
        return _Looked(key=(TASK_POD, promised.name), finding=missing)
    sides = _Sides(promised=decided(plain(promised.manifest)), live=decided(pod))
    return _compared(promised, pod, sides, promised.name)


def _holds_task_pod(each: Object) -> bool:
    return each.kind == "ConfigMap" and POD_TEMPLATE in (each.manifest.get("data") or {})


def _task_pod(held: Sequence[Manifest], templates: Sequence[str]) -> Manifest | None:
    """The pod in the executor's template, as it stands in a ConfigMap of these names now; None
    where none is there that anything could be made of."""
    for each in held:
        if each["kind"] == "ConfigMap" and each["metadata"]["name"] in templates:
            try:
                found = document((each.get("data") or {}).get(POD_TEMPLATE, ""))
            except yaml.YAMLError:
                return None
            return found if isinstance(found, dict) and "kind" in found else None
    return None


def _sides(cluster: Cluster, promised: Object, live: Manifest) -> tuple[Manifest, _Sides]:
    """The sides, and the live object as they know it: somebody else may change it meanwhile."""
    if promised.patch:
        wanted = patched(promised)
        return live, _Sides(promised=wanted, live=within(wanted, decided(live)))
    if promised.kind == "Secret":  # its defaults are known, and its texts need not be sent
        wanted = decided(in_place_of(live, promised))
        return live, _Sides(promised=wanted, live=decided(live), kept=_kept(live, promised))
    kept = _kept(live, promised)
    try:
        live, planned = _planned(cluster, promised, live)
    except ApiError as refused:
        wanted = decided(in_place_of(live, promised))
        return live, _Sides(
            promised=wanted, live=within(wanted, decided(live)), kept=kept, refused=refused
        )
    return live, _Sides(promised=decided(planned), live=decided(live), kept=kept)


def _kept(live: Manifest, promised: Object) -> int:
    return count(decided(in_place_of(live, promised))) - count(decided(plain(promised.manifest)))


def _planned(cluster: Cluster, promised: Object, live: Manifest) -> tuple[Manifest, Manifest]:
    """The live object, and what the server would make of the promised one in its place."""
    for _ in range(_TIMES):
        try:
            return live, cluster.replace(in_place_of(live, promised), dry_run=True)
        except ApiError as refused:
            if refused.code != _CONFLICT:
                raise
        metadata = live["metadata"]
        where = (metadata["name"], metadata.get("namespace", ""))
        live = cluster.get(live["apiVersion"], live["kind"], *where) or live
    return live, cluster.replace(in_place_of(live, promised), dry_run=True)


def _compared(promised: Object, live: Manifest, sides: _Sides, name: str) -> _Looked:
    fields = [
        Field(
            path=each.path,
            promised=shown(each.path, each.before),
            live=shown(each.path, each.after),
            by="" if each.after is ABSENT else written_by(live, each.path),
        )
        for each in changes(sides.promised, sides.live)
    ]
    invalid = sides.refused is not None and sides.refused.code == _INVALID
    words = str(sides.refused) if invalid else ""
    finding = None
    if fields or words:
        finding = _finding(promised, name, what="changed", fields=fields, words=words)
    key = (TASK_POD if promised.origin == TASK else promised.kind, name)
    return _Looked(key=key, finding=finding, fields=count(sides.promised) - sides.kept)


def _finding(promised: Object, name: str, **rest: Any) -> Finding:
    is_task = promised.origin == TASK
    return Finding(
        kind="" if is_task else promised.kind,
        name=TASK_POD if is_task else name,
        origin=promised.origin,
        part=promised.part or promised.component,
        **rest,
    )
