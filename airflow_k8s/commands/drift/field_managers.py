"""Who wrote a field, as far as the server knows. Pure.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_k8s.kube.fields import parts


def written_by(live: Mapping[str, Any], path: str) -> str:
    """The manager that last wrote the field, and when; empty where the server does not say.

    Of a field that is gone nobody is known.
    """
    found = [
        (_depth(entry.get("fieldsV1") or {}, parts(path)), str(entry.get("time", "")), entry)
        for entry in live["metadata"].get("managedFields") or ()
        if entry.get("subresource") != "status"
    ]
    depth, time, entry = max(found, key=lambda each: each[:2], default=(0, "", {}))
    return f"{entry['manager']}, {time}".rstrip(", ") if depth == len(parts(path)) else ""


def _depth(owned: Mapping[str, Any], path: Sequence[str]) -> int:
    """How far down the path the manager owns it; all of it where it owns a whole that holds it."""
    if not path:
        return 0
    for key, below in owned.items():
        if _is(key, path[0]):
            return len(path) if not below else 1 + _depth(below, path[1:])
    return 0


def _is(key: str, part: str) -> bool:
    """Whether f:image, or k:{"name":"scheduler"}, is that part of a path."""
    kind, _, text = key.partition(":")
    if kind == "f":
        return text == part
    if kind == "k":
        return " ".join(str(each) for each in json.loads(text).values()) == part
    return False
