"""The part of an object that people decide on, without what Kubernetes fills in. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_k8s.kube import quantity
from airflow_k8s.kube.fields import path_parts
from airflow_k8s.policy.rules.secrets import in_command, in_text
from airflow_k8s.rendering.files import REDACTED
from airflow_k8s.rendering.manifests import CHART, POD_TEMPLATE, Object

_MANAGED_BY_HELM = ("app.kubernetes.io/managed-by", "Helm")
# Annotations and labels of tools that deploy objects, and of controllers.
_TOOL_PREFIXES = (
    "deployment.kubernetes.io/",
    "kubectl.kubernetes.io/last-applied-configuration",
    "meta.helm.sh/",
    "pulumi.com/",
    "pv.kubernetes.io/",
    "rehearsal.airflow-platform/",
    "volume.beta.kubernetes.io/",
    "volume.kubernetes.io/",
)
# Fields that the control plane fills in when it creates an object, and never changes again.
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


def without_nulls(value: Any) -> Any:
    """A copy without the fields that are null: to the API server they are absent."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def replacement_for(live: Mapping[str, Any], desired: Object) -> dict[str, Any]:
    """The desired object, ready to replace the live one.

    It keeps the identity of the live object. It also keeps the labels and annotations of tools, and
    the fields that the control plane filled in, unless the stack declares others.
    """
    manifest, metadata = without_nulls(desired.manifest), live["metadata"]
    kept = {
        name: {
            key: text
            for key, text in (metadata.get(name) or {}).items()
            if key.startswith(_TOOL_PREFIXES)
            or (desired.origin == CHART and (key, text) == _MANAGED_BY_HELM)
        }
        for name in ("labels", "annotations")
    }
    declared = manifest["metadata"]
    manifest["metadata"] = {
        "name": metadata["name"],
        "namespace": metadata.get("namespace", ""),
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
        **{name: texts | (declared.get(name) or {}) for name, texts in kept.items()},
    }
    for path in _FILLED_IN.get(desired.kind, ()):
        _copy_missing(manifest, live, path)
    return manifest


def _copy_missing(manifest: dict[str, Any], live: Mapping[str, Any], path: Sequence[str]) -> None:
    """Copies the field from the live object, if the manifest lacks it."""
    head, *rest = path
    if head not in live:
        return
    if rest:
        _copy_missing(manifest.setdefault(head, {}), live[head], rest)
    else:
        manifest.setdefault(head, live[head])


def comparable(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an object that is compared: labels, annotations, and all fields but the status.

    Of a Secret only the keys and whether a text is empty, never a text. A ConfigMap is compared
    without the task pod in it. At the top level an empty value counts as absent.
    """
    found = {key: value for key, value in manifest.items() if key not in ("metadata", "status")}
    metadata = manifest.get("metadata") or {}
    found["metadata"] = {key: metadata.get(key) or {} for key in ("labels", "annotations")}
    if manifest["kind"] == "Secret":
        texts = {**(found.pop("data", None) or {}), **(found.pop("stringData", None) or {})}
        found["data"] = {key: REDACTED if text else "" for key, text in texts.items()}
        found["type"] = found.get("type") or "Opaque"
    if manifest["kind"] == "ConfigMap":
        found["data"] = {k: v for k, v in (found.get("data") or {}).items() if k != POD_TEMPLATE}
    # Only at the top level: below it an empty mapping can have a meaning, as in emptyDir: {}.
    return {key: item for key, item in found.items() if item not in (None, {}, [])}


def patched_part(desired: Object) -> dict[str, Any]:
    """The part of an object that a patch sets, without its instructions for Pulumi."""
    found = comparable(without_nulls(desired.manifest))
    metadata = {
        name: kept
        for name, texts in found.pop("metadata").items()
        if (kept := {k: text for k, text in texts.items() if not k.startswith(_TOOL_PREFIXES)})
    }
    return {**found, "metadata": metadata} if metadata else found


def restricted_to(desired: Any, live: Any) -> Any:
    """The live value, restricted to the fields that the desired value has.

    Items of lists are matched by name, taints by key and effect, all others by their place. If both
    sides are the same amount in another unit, the desired spelling is returned.
    """
    if isinstance(desired, Mapping) and isinstance(live, Mapping):
        return {
            key: restricted_to(item, live[key]) if key in live else item
            for key, item in desired.items()
            if key in live or item in ({}, [])
        }
    if isinstance(desired, list) and isinstance(live, list):
        for keys in (("name",), ("key", "effect")):
            if _all_have(desired, keys) and _all_have(live, keys):
                live_items = {tuple(item[key] for key in keys): item for item in live}
                names = [tuple(item[key] for key in keys) for item in desired]
                return [
                    restricted_to(item, live_items[name])
                    for item, name in zip(desired, names, strict=True)
                    if name in live_items
                ]
        if len(desired) == len(live):
            return [restricted_to(one, other) for one, other in zip(desired, live, strict=True)]
    return desired if _is_same_amount(desired, live) else live


def _is_same_amount(desired: Any, live: Any) -> bool:
    try:
        return quantity.parse(str(desired)) == quantity.parse(str(live))
    except ValueError:
        return False


def _all_have(items: Sequence[Any], keys: Sequence[str]) -> bool:
    return all(isinstance(item, Mapping) and all(key in item for key in keys) for item in items)


def redacted(path: str, value: Any) -> Any:
    """The value of a live field, without texts that may be a secret that somebody added by hand."""
    names = [part for part in path_parts(path) if part != "value"]
    return _redacted(names[-1] if names else "", value)


def _redacted(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        if "value" in value and "name" in value:  # an environment variable
            return {**value, "value": _redacted(str(value["name"]), value["value"])}
        return {key: _redacted(str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        is_command = all(isinstance(item, str) for item in value)
        if is_command and in_command(value):
            return REDACTED
        return [_redacted(name, item) for item in value]
    if isinstance(value, str) and (in_text(f"{name}={value}") or in_text(value)):
        return REDACTED
    return value


def count_fields(comparable_part: Mapping[str, Any]) -> int:
    """The number of fields that hold a value; empty labels and annotations do not count."""
    metadata = comparable_part.get("metadata") or {}
    return _leaves(comparable_part) - sum(not texts for texts in metadata.values())


def _leaves(value: Any) -> int:
    if isinstance(value, Mapping) and value:
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) and value else 1
