"""The manifest of a resource that the program registered. Pure.

It depends only on the resource, because a rehearsal has no Pulumi state. Labels and annotations on
an object name the resource that created it.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from airflow_k8s.commands.rehearse.annotations import LABEL, MANAGER, PROTECT, RETAIN, URN
from airflow_k8s.kube.replacement import replacing_fields, value_at
from airflow_k8s.rendering.mock_engine import auto_name
from airflow_k8s.rendering.resources import RegisteredResource
from airflow_k8s.stack.settings.secret import Secret

RELEASE = "kubernetes:helm.sh/v3:Release"
PROVIDER = "pulumi:providers:kubernetes"
_AUTONAMED = "pulumi.com/autonamed"


def manifest_of(
    resource: RegisteredResource, stack: str, provider_options: Mapping[str, Any]
) -> dict[str, Any]:
    """The manifest with its name, and with the label and annotations of the rehearsal.

    `provider_options` are the inputs of the resource's Kubernetes provider.
    """
    inputs = revealed(resource.inputs)
    if resource.type == RELEASE:
        metadata = {"name": inputs["name"], "namespace": inputs["namespace"]}
        return {"kind": "Release", "metadata": metadata}
    if inputs["kind"] == "Secret" and "stringData" in inputs:
        texts = {key: _base64(text) for key, text in inputs.pop("stringData").items()}
        inputs["data"] = {**inputs.get("data", {}), **texts}
    metadata = dict(inputs.get("metadata") or {})
    if "name" not in metadata:
        metadata["name"] = _generated_name(resource, inputs, provider_options)
        metadata["annotations"] = {**metadata.get("annotations", {}), _AUTONAMED: "true"}
    if not is_patch(resource):
        metadata["labels"] = {**metadata.get("labels", {}), LABEL: stack}
        metadata["annotations"] = {**metadata.get("annotations", {}), **_annotations(resource)}
    return {**inputs, "metadata": metadata}


def _generated_name(
    resource: RegisteredResource, inputs: Mapping[str, Any], provider_options: Mapping[str, Any]
) -> str:
    """A name with a hash of those fields whose change makes Pulumi replace the object."""
    fields = ("metadata.namespace", *replacement_fields(inputs, provider_options))
    return auto_name(
        resource.name, json.dumps([value_at(inputs, field) for field in fields], sort_keys=True)
    )


def _annotations(resource: RegisteredResource) -> dict[str, str]:
    annotations = {URN: resource.urn}
    if resource.protect:
        annotations[PROTECT] = "true"
    if resource.retain_on_delete:
        annotations[RETAIN] = "true"
    return annotations


def replacement_fields(
    manifest: Mapping[str, Any], provider_options: Mapping[str, Any]
) -> list[str]:
    """The fields of an object whose change makes Pulumi replace it."""
    return replacing_fields(
        manifest,
        secrets_mutable=_is_true(provider_options.get("enableSecretMutable")),
        config_maps_mutable=_is_true(provider_options.get("enableConfigMapMutable")),
    )


def revealed(value: Any) -> Any:
    """The value with the plain text of its secrets, and without fields that are null."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return {key: revealed(item) for key, item in value.items() if item is not None}
    return [revealed(item) for item in value] if isinstance(value, list) else value


def is_patch(resource: RegisteredResource) -> bool:
    """Whether the resource patches an object that something else created."""
    return resource.type.endswith("Patch")


def patch_manager(resource: RegisteredResource) -> str:
    """The field manager of a patch. Each patch has its own, as with Pulumi's provider."""
    suffix = "-retained" if resource.retain_on_delete else ""
    return f"{MANAGER}-{resource.name}{suffix}"


def api_type(token: str) -> tuple[str, str]:
    """API version and kind of a Pulumi type: kubernetes:core/v1:Node -> v1, Node."""
    _, group_version, kind = token.split(":")
    return group_version.removeprefix("core/"), kind


def created_by(live: Mapping[str, Any]) -> str:
    """The URN of the resource that created an object; empty if no rehearsal created it."""
    return str(live["metadata"].get("annotations", {}).get(URN, ""))


def _is_true(value: Any) -> bool:
    """Whether an option of a provider is set. Pulumi passes it as a JSON text."""
    return value in (True, "true")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
