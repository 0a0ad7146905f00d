"""A rendered stack as files: one manifest per object, or one JSON document."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.rendering.manifests import Object
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.stack.settings.secret import Secret

_MARKER = ".rendered"  # the file in a folder that an earlier run wrote
REDACTED = "[secret]"


def write(rendered: RenderedStack, folder: Path) -> int:
    """Writes `component/kind-name.yaml` for every object and returns the number of objects.

    Files of an earlier run are deleted. Raises FileExistsError if the folder is not empty and was
    not made by an earlier run.
    """
    marker = folder / _MARKER
    if folder.exists() and any(folder.iterdir()):
        if not marker.exists():
            raise FileExistsError(
                f"{folder} is not empty and was not made by this command; give another folder"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    marker.touch()
    for item in rendered.objects:
        name = f"{item.kind}-{item.name}".lower().replace("*", "generated").replace(":", "-")
        suffix = "-patch" if item.patch else ""
        taint = "-taint" if item.patch and "spec" in item.manifest else ""
        file = folder / item.component / f"{name}{suffix}{taint}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(redacted(item), sort_keys=False))
    return len(rendered.objects)


def as_json(rendered: RenderedStack) -> str:
    """One JSON document: the stack, its chart, and every object with its origin."""
    document = {
        "stack": rendered.stack,
        "context": rendered.settings.cluster.context,
        "chart": {
            "version": rendered.chart.version,
            "standInReason": rendered.chart.stand_in_reason,
        },
        "objects": [
            {
                "component": item.component,
                "part": item.part,
                "origin": item.origin,
                "patch": item.patch,
                "protect": item.protect,
                "manifest": redacted(item),
            }
            for item in rendered.objects
        ],
    }
    return json.dumps(document, indent=2)


def redacted(item: Object) -> Any:
    """The manifest without secret texts, whether the program or the chart declares it."""
    manifest = redacted_value(item.manifest)
    if item.kind == "Secret":
        for field in ("data", "stringData"):
            if field in manifest:
                manifest[field] = dict.fromkeys(manifest[field], REDACTED)
    return manifest


def redacted_value(value: Any) -> Any:
    """A part of a manifest without secret texts."""
    if isinstance(value, Secret):
        return REDACTED
    if isinstance(value, Mapping):
        return {key: redacted_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redacted_value(item) for item in value]
    return value
