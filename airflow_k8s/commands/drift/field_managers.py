"""Which field manager wrote a field, as far as the API server knows. Pure.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_k8s.kube.fields import path_parts


def last_manager(live: Mapping[str, Any], path: str) -> str:
    """The manager that last wrote the field, and when: "kubectl-edit, 2026-11-02T00:00:00Z".

    Empty if the server has no manager for it. It has none for a removed field.
    """
    keys = path_parts(path)
    found = [
        (_owned_depth(entry.get("fieldsV1") or {}, keys), str(entry.get("time", "")), entry)
        for entry in live["metadata"].get("managedFields") or ()
        if entry.get("subresource") != "status"
    ]
    depth, time, entry = max(found, key=lambda item: item[:2], default=(0, "", {}))
    return f"{entry['manager']}, {time}".rstrip(", ") if depth == len(keys) else ""


def _owned_depth(owned: Mapping[str, Any], path: Sequence[str]) -> int:
    """How many keys of the path the manager owns; all if it owns a value that contains the rest."""
    if not path:
        return 0
    for key, below in owned.items():
        if _matches(key, path[0]):
            return len(path) if not below else 1 + _owned_depth(below, path[1:])
    return 0


def _matches(key: str, part: str) -> bool:
    """Whether a key of fieldsV1, such as f:image or k:{"name":"scheduler"}, is that part."""
    kind, _, text = key.partition(":")
    if kind == "f":
        return text == part
    if kind == "k":
        return " ".join(str(value) for value in json.loads(text).values()) == part
    return False
