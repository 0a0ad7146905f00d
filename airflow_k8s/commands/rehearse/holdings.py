"""All that a namespace holds, told apart by whose it is; and what an upgrade changed in it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_k8s.commands.rehearse.annotations import LABEL, URN
from airflow_k8s.commands.rehearse.report import Change
from airflow_k8s.console.text import amount
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.conditions import is_over
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.pods import mounted_claims
from airflow_k8s.kube.state import FIELD_SELECTORS

# What the control plane makes by itself and a rehearsal need not tell.
_MADE_BY_KUBERNETES = {
    "ControllerRevision",
    "EndpointSlice",
    "Endpoints",
    "Event",
    "Lease",
    "PodMetrics",
    "ReplicaSet",
}
_IN_EACH_NAMESPACE = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}
_KEPT_THERE = (
    "deployment.kubernetes.io/",
    "pv.kubernetes.io/",
    "rehearsal.airflow-platform/",
    "volume.beta.kubernetes.io/",
    "volume.kubernetes.io/",
)
_RELEASE = "meta.helm.sh/release-name"

Key = tuple[str, str]  # kind and name


@dataclass(frozen=True, kw_only=True)
class LiveObject:
    """An object, and whose it is."""

    manifest: Manifest
    urn: str  # of the resource that made it; empty for what the program did not make itself
    release: str  # the Helm release that it belongs to, likewise
    owned: bool  # a controller made it

    @property
    def key(self) -> Key:
        """Kind and name."""
        return self.manifest["kind"], self.manifest["metadata"]["name"]

    @property
    def namespace(self) -> str:
        """Its namespace; empty for what belongs to none."""
        return str(self.manifest["metadata"].get("namespace", ""))

    @property
    def left_over(self) -> bool:
        """Whether nobody answers for it."""
        return not (self.urn or self.release or self.owned)


def holdings(cluster: Cluster, namespace: str) -> list[LiveObject]:
    """Everything in the namespace but what Kubernetes makes by itself."""
    return [
        _held(each)
        for api_version, kind in cluster.listable(namespaced=True)
        if kind not in _MADE_BY_KUBERNETES
        for each in cluster.list(api_version, kind, namespace, fields=FIELD_SELECTORS.get(kind, ""))
        if (kind, each["metadata"]["name"]) not in _IN_EACH_NAMESPACE
    ]


def outside(cluster: Cluster, stack: str) -> list[LiveObject]:
    """What rehearsals of the stack made that belongs to no namespace, and the nodes."""
    made = [
        _held(each)
        for api_version, kind in cluster.listable(namespaced=False)
        if kind != "Node"
        for each in cluster.list(api_version, kind, labels=f"{LABEL}={stack}")
    ]
    nodes = cluster.list("v1", "Node")
    return [*made, *(LiveObject(manifest=node, urn="", release="", owned=True) for node in nodes)]


def _held(each: Manifest) -> LiveObject:
    annotations = each["metadata"].get("annotations", {})
    ours = LABEL in each["metadata"].get("labels", {})
    return LiveObject(
        manifest=each,
        urn=annotations.get(URN, "") if ours else "",
        release=annotations.get(_RELEASE, ""),
        owned=bool(each["metadata"].get("ownerReferences")),
    )


def changes(before: Iterable[LiveObject], after: Iterable[LiveObject]) -> Iterator[Change]:
    """What an upgrade did to the objects and to the pods."""
    was, now = {h.key: h for h in before}, {h.key: h for h in after}
    used = {
        name
        for each in now.values()
        if each.key[0] == "Pod"
        for name in mounted_claims(each.manifest["spec"])
    }
    for key in sorted({*was, *now}):
        old, new = was.get(key), now.get(key)
        if key[0] == "Pod":
            continue
        if old is None:
            yield Change(effect="added", kind=key[0], name=key[1])
        elif new is None:
            yield Change(effect="removed", kind=key[0], name=key[1])
        elif _uid(old) != _uid(new):
            yield Change(effect="replaced", kind=key[0], name=key[1])
        else:
            fields = sorted(_changed(content(old.manifest), content(new.manifest)))
            if fields:
                yield Change(effect="updated", kind=key[0], name=key[1], words=", ".join(fields))
        is_used = key[0] == "PersistentVolumeClaim" and key[1] in used
        if old and new and new.left_over and not is_used:
            yield Change(effect="left over", kind=key[0], name=key[1])
    yield from _restarts(was, now)


def _restarts(was: Mapping[Key, LiveObject], now: Mapping[Key, LiveObject]) -> Iterator[Change]:
    """Workloads none of whose pods is the same as before."""
    old, new = _pods(was), _pods(now)
    for name in sorted(old.keys() & new.keys()):
        if not old[name] & new[name]:
            words = amount(len(new[name]), "pod")
            yield Change(effect="restarted", kind="pods of", name=name, words=words)


def _pods(held: Mapping[Key, LiveObject]) -> dict[str, set[str]]:
    pods: dict[str, set[str]] = {}
    for each in held.values():
        if each.key[0] == "Pod" and not is_over(each.manifest):
            kinds = {o["kind"] for o in each.manifest["metadata"].get("ownerReferences", ())}
            if "Job" not in kinds:
                pods.setdefault(component(each.manifest), set()).add(_uid(each))
    return pods


def component(pod: Manifest) -> str:
    """The role of a pod in the platform, such as scheduler or database."""
    labels = pod["metadata"].get("labels", {})
    if "cnpg.io/cluster" in labels:
        return "database"
    return str(
        labels.get("app.kubernetes.io/component")
        or labels.get("component")
        or pod["metadata"]["name"]
    )


def _uid(held: LiveObject) -> str:
    return str(held.manifest["metadata"]["uid"])


def content(manifest: Manifest) -> dict[str, Any]:
    """What somebody decided, without what the server, controllers and a rehearsal keep in it."""
    metadata = manifest["metadata"]
    kept = {key: metadata.get(key, {}) for key in ("labels", "annotations")}
    kept["annotations"] = {
        key: value for key, value in kept["annotations"].items() if not key.startswith(_KEPT_THERE)
    }
    rest = {key: value for key, value in manifest.items() if key not in ("metadata", "status")}
    if manifest["kind"] == "PersistentVolumeClaim":  # its volume came later
        rest["spec"] = {k: v for k, v in manifest["spec"].items() if k != "volumeName"}
    return {**rest, "metadata": kept}


def _changed(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The shortest paths at which two documents differ; items of a list by their name."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in old.keys() | new.keys():
            yield from _changed(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
    elif _named(old) and _named(new):
        yield from _changed(_by_name(old), _by_name(new), path)
    elif json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True):
        yield path


def _named(items: Any) -> bool:
    return (
        isinstance(items, list)
        and bool(items)
        and all(isinstance(item, Mapping) and "name" in item for item in items)
    )


def _by_name(items: Any) -> dict[str, Any]:
    return {item["name"]: item for item in items}
