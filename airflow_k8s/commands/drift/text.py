"""Texts that the views of a drift share."""

import json
from collections.abc import Mapping
from typing import Any

from airflow_k8s.commands.drift.findings import Drift, Finding, State
from airflow_k8s.console.text import amount, clean
from airflow_k8s.kube.fields import ABSENT

EXPLANATION: Mapping[State, str] = {
    State.MISSING: "the stack declares it, and it does not exist",
    State.TERMINATING: "somebody deleted it, and a finalizer still holds it",
    State.ORPHANED: "it has the labels of the stack, which does not declare it",
}
"""What a state means; a changed object shows its fields instead."""

_MAX_VALUE = 200  # characters of a value


def state_label(finding: Finding) -> str:
    """The object's state, and the part of the platform that it belongs to."""
    return f"{finding.state}, {finding.part}" if finding.part else finding.state


def short_value(value: Any) -> str:
    """A value in one line, cut if it is long."""
    if value is ABSENT:
        return "absent"
    text = (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )
    line = " ".join(clean(text).split()) if text else '""'
    return f"{line[:_MAX_VALUE]}…" if len(line) > _MAX_VALUE else line


def summary(drift: Drift) -> str:
    """The result in one line."""
    counts = [
        amount(drift.objects, "object"),
        f"{drift.fields:,} fields compared",
        f"{drift.differing} {'differs' if drift.differing == 1 else 'differ'}",
    ]
    if drift.orphaned:
        counts.append(f"{drift.orphaned} orphaned")
    if drift.unchecked:
        counts.append(f"{len(drift.unchecked)} not checked")
    return f"{drift.stack} on context {drift.context}: {', '.join(counts)}"


def scope(drift: Drift) -> str:
    """What was compared, and what was left out."""
    return (
        f"chart {drift.chart}, namespace {drift.namespace}; not compared: status, fields that"
        " controllers and the API server fill in, labels and annotations of Helm and Pulumi, and"
        f" the texts of {amount(drift.secret_texts, 'key')} in Secrets"
    )
