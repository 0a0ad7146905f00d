"""What the views of a drift say alike."""

import json
from collections.abc import Mapping
from typing import Any

from airflow_k8s.commands.drift.findings import Drift, Finding, What
from airflow_k8s.console.text import amount, clean
from airflow_k8s.kube.fields import ABSENT

MEANING: Mapping[What, str] = {
    "missing": "it is promised, and is not there",
    "going": "somebody deleted it: it goes as soon as nothing holds it any more",
    "left over": "it bears the labels of the stack, and nobody promises it",
}

_LONG = 200  # characters of a value that are shown


def called(each: Finding) -> str:
    """Where the object belongs, and what became of it."""
    return f"{each.what}, {each.part}" if each.part else each.what


def value(of: Any) -> str:
    """A value in one line, cut where it is long."""
    if of is ABSENT:
        return "absent"
    text = of if isinstance(of, str) else json.dumps(of, ensure_ascii=False, sort_keys=True)
    line = " ".join(clean(text).split()) if text else '""'
    return f"{line[:_LONG]}…" if len(line) > _LONG else line


def counted(drift: Drift) -> str:
    """How much was compared, and how many objects differ."""
    return (
        f"{amount(drift.objects, 'object')}, {drift.fields:,} fields compared,"
        f" {drift.differ} {'differs' if drift.differ == 1 else 'differ'}"
    )


def summary(drift: Drift) -> str:
    """The verdict in one line."""
    left = sum(each.what == "left over" for each in drift.findings)
    parts = [counted(drift), *([f"{left} left over"] if left else [])]
    if drift.unseen:
        parts.append(f"{len(drift.unseen)} not looked at as they should")
    return f"{drift.stack} on context {drift.context}: {', '.join(parts)}"


def compared(drift: Drift) -> str:
    """What the counts leave out."""
    return (
        f"chart {drift.chart}, namespace {drift.namespace}; left out: status, what controllers and"
        " the server fill in, the marks of Helm and Pulumi, and the texts of"
        f" {amount(drift.texts, 'key')} in Secrets, which nobody can know beforehand"
    )
