"""A platform as manifests: one file an object, or one JSON document."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.rendering.manifests import Object
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.stack.settings.secret import Secret

_MARK = ".rendered"
REDACTED = "[secret]"


def write(platform: RenderedStack, folder: Path) -> int:
    """Writes `component/kind-name.yaml` for each object and says how many there are.

    What an earlier run left in the folder goes, so that a removed object does not stay. Raises
    FileExistsError for a folder that is not empty and that no earlier run made.
    """
    mark = folder / _MARK
    if folder.exists() and any(folder.iterdir()):
        if not mark.exists():
            raise FileExistsError(f"{folder} is not empty and was not made here; name another")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
    for each in platform.objects:
        name = f"{each.kind}-{each.name}".lower().replace("*", "generated").replace(":", "-")
        suffix = "-patch" if each.patch else ""
        taint = "-taint" if each.patch and "spec" in each.manifest else ""
        file = folder / each.component / f"{name}{suffix}{taint}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(redacted(each), sort_keys=False))
    return len(platform.objects)


def as_json(platform: RenderedStack) -> str:
    """The stack, its chart, and every object with where it comes from."""
    document = {
        "stack": platform.stack,
        "context": platform.settings.cluster.context,
        "chart": {
            "version": platform.chart.version,
            "standInReason": platform.chart.stand_in_reason,
        },
        "objects": [
            {
                "component": each.component,
                "part": each.part,
                "origin": each.origin,
                "patch": each.patch,
                "protect": each.protect,
                "manifest": redacted(each),
            }
            for each in platform.objects
        ],
    }
    return json.dumps(document, indent=2)


def redacted(each: Object) -> Any:
    """The manifest without the text of any secret, whether Pulumi or the chart made it."""
    manifest = redacted_value(each.manifest)
    if each.kind == "Secret":
        for field in ("data", "stringData"):
            if field in manifest:
                manifest[field] = dict.fromkeys(manifest[field], REDACTED)
    return manifest


def redacted_value(value: Any) -> Any:
    """Any part of a manifest without the text of any secret."""
    if isinstance(value, Secret):
        return REDACTED
    if isinstance(value, Mapping):
        return {key: redacted_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redacted_value(item) for item in value]
    return value
