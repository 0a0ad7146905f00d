"""What somebody decided of an object, and what else is kept in it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_k8s.kube import quantity
from airflow_k8s.kube.fields import parts
from airflow_k8s.policy.rules.secrets import in_command, in_text
from airflow_k8s.rendering.manifests import CHART, Object

POD_TEMPLATE = "pod_template_file.yaml"
"""The key under which a ConfigMap holds the executor's template, which is an object of its own."""

HIDDEN = "[secret]"
"""Stands for every text that may be a secret."""

_HELM = "Helm"
_MANAGED_BY = "app.kubernetes.io/managed-by"
# Who deploys an object marks it so, and controllers keep their notes beside.
_MARKS = (
    "deployment.kubernetes.io/",
    "kubectl.kubernetes.io/last-applied-configuration",
    "meta.helm.sh/",
    "pulumi.com/",
    "pv.kubernetes.io/",
    "rehearsal.airflow-platform/",
    "volume.beta.kubernetes.io/",
    "volume.kubernetes.io/",
)
# What the control plane fills in once, when an object is made, and never changes.
_FILLED_IN: Mapping[str, Sequence[Sequence[str]]] = {
    "Ingress": (("spec", "ingressClassName"),),
    "Job": (
        ("spec", "selector"),
        *(
            ("spec", "template", "metadata", "labels", label)
            for label in (
                "batch.kubernetes.io/controller-uid",
                "batch.kubernetes.io/job-name",
                "controller-uid",
                "job-name",
            )
        ),
    ),
    "PersistentVolumeClaim": (("spec", "volumeName"), ("spec", "storageClassName")),
}


def plain(value: Any) -> Any:
    """Without the fields that are null, which the server takes for absent; no text of a secret."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def in_place_of(live: Mapping[str, Any], promised: Object) -> dict[str, Any]:
    """The promised object as it would be put in place of the live one: what the live one has of
    marks, and of what the control plane fills in once, is kept where nothing else is promised."""
    wanted, metadata = plain(promised.manifest), live["metadata"]
    marks = {
        name: {
            key: text
            for key, text in (metadata.get(name) or {}).items()
            if key.startswith(_MARKS)
            or (promised.origin == CHART and (key, text) == (_MANAGED_BY, _HELM))
        }
        for name in ("labels", "annotations")
    }
    ours = wanted["metadata"]
    wanted["metadata"] = {
        "name": metadata["name"],
        "namespace": metadata.get("namespace", ""),
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
        **{name: kept | (ours.get(name) or {}) for name, kept in marks.items()},
    }
    for path in _FILLED_IN.get(promised.kind, ()):
        _keep(wanted, live, path)
    return wanted


def _keep(wanted: dict[str, Any], live: Mapping[str, Any], path: Sequence[str]) -> None:
    head, *rest = path
    if head not in live:
        return
    if rest:
        _keep(wanted.setdefault(head, {}), live[head], rest)
    else:
        wanted.setdefault(head, live[head])


def decided(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Labels, annotations and all that is no status; of a Secret the keys, never a text.

    An empty mapping or list says what an absent one says. What a ConfigMap holds of the task pod is
    left to the task pod.
    """
    found = {key: value for key, value in manifest.items() if key not in ("metadata", "status")}
    metadata = manifest.get("metadata") or {}
    found["metadata"] = {key: metadata.get(key) or {} for key in ("labels", "annotations")}
    if manifest["kind"] == "Secret":
        texts = {**(found.pop("data", None) or {}), **(found.pop("stringData", None) or {})}
        found["data"] = {key: HIDDEN if text else "" for key, text in texts.items()}
        found["type"] = found.get("type") or "Opaque"
    if manifest["kind"] == "ConfigMap":
        found["data"] = {k: v for k, v in (found.get("data") or {}).items() if k != POD_TEMPLATE}
    # Not deeper: there an empty mapping may mean something, as that of emptyDir does.
    return {key: item for key, item in found.items() if item not in (None, {}, [])}


def patched(promised: Object) -> dict[str, Any]:
    """What a patch promises of an object that is there already: not what it tells Pulumi."""
    found = decided(plain(promised.manifest))
    metadata = {
        name: kept
        for name, texts in found.pop("metadata").items()
        if (kept := {key: text for key, text in texts.items() if not key.startswith(_MARKS)})
    }
    return {**found, "metadata": metadata} if metadata else found


def within(promised: Any, live: Any) -> Any:
    """Of the live value what the promised one speaks of.

    Items of lists are matched by their names, taints by key and effect, else by their places. An
    amount that is written in another way counts as the promised one.
    """
    if isinstance(promised, Mapping) and isinstance(live, Mapping):
        return {
            key: within(item, live[key]) if key in live else item
            for key, item in promised.items()
            if key in live or item in ({}, [])
        }
    if isinstance(promised, list) and isinstance(live, list):
        for keys in (("name",), ("key", "effect")):
            if _told_apart(promised, keys) and _told_apart(live, keys):
                theirs = {tuple(item[key] for key in keys): item for item in live}
                names = [tuple(item[key] for key in keys) for item in promised]
                return [
                    within(item, theirs[name])
                    for item, name in zip(promised, names, strict=True)
                    if name in theirs
                ]
        if len(promised) == len(live):
            return [within(one, other) for one, other in zip(promised, live, strict=True)]
    return promised if _same_amount(promised, live) else live


def _same_amount(promised: Any, live: Any) -> bool:
    try:
        return quantity.parse(str(promised)) == quantity.parse(str(live))
    except ValueError:
        return False


def _told_apart(items: Sequence[Any], keys: Sequence[str]) -> bool:
    return all(isinstance(item, Mapping) and all(key in item for key in keys) for item in items)


def shown(path: str, value: Any) -> Any:
    """The value without what may be a secret: somebody may have put one there by hand."""
    names = [part for part in parts(path) if part != "value"]
    return _shown(names[-1] if names else "", value)


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        if "value" in value and "name" in value:  # a variable
            return {**value, "value": _shown(str(value["name"]), value["value"])}
        return {key: _shown(str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        words = all(isinstance(item, str) for item in value)
        return HIDDEN if words and in_command(value) else [_shown(name, each) for each in value]
    if isinstance(value, str) and (in_text(f"{name}={value}") or in_text(value)):
        return HIDDEN
    return value


def count(decided_: Mapping[str, Any]) -> int:
    """How many fields hold something by themselves."""
    metadata = decided_.get("metadata") or {}
    return _leaves(decided_) - sum(not texts for texts in metadata.values())


def _leaves(value: Any) -> int:
    if isinstance(value, Mapping) and value:
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) and value else 1
