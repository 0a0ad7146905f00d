"""A difference as a JSON document for other programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from airflow_k8s.commands.diff.cost import Amount, Footprint, monthly
from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import Consequence
from airflow_k8s.commands.diff.pairs import Action, ObjectChange
from airflow_k8s.kube.fields import ABSENT
from airflow_k8s.rendering.files import redacted, redacted_value
from airflow_k8s.stack.settings.cluster import Prices
from airflow_k8s.stack.settings.schema import to_data


def as_json(differences: Sequence[Difference]) -> str:
    """All stacks in one document. It holds no text of a secret."""
    return json.dumps({"stacks": [_stack(found) for found in differences]}, indent=2)


def _stack(found: Difference) -> dict[str, Any]:
    return {
        "stack": found.stack,
        "base": found.base,
        "to": found.to,
        "isNew": found.is_new,
        "chart": {"version": found.chart, "standInReason": found.stand_in_reason},
        "objects": found.objects,
        "consequences": [_consequence(consequence) for consequence in found.consequences],
        "changes": [_change(change) for change in found.changes],
        "footprint": {
            "prices": to_data(found.prices),
            "before": None if found.is_new else _footprint(found.before, found.prices),
            "after": _footprint(found.after, found.prices),
        },
    }


def _consequence(consequence: Consequence) -> dict[str, Any]:
    return {**asdict(consequence), "severity": consequence.kind.severity}


def _change(change: ObjectChange) -> dict[str, Any]:
    obj = change.object
    return {
        "action": change.action,
        "kind": obj.kind,
        "name": obj.name,
        "namespace": obj.namespace,
        "component": obj.component,
        "part": obj.part,
        "origin": obj.origin,
        # A side without the field is left out: null is a value of its own.
        "fields": [
            {"path": field.path}
            | {
                side: redacted_value(value)
                for side, value in (("before", field.before), ("after", field.after))
                if value is not ABSENT
            }
            for field in change.fields
        ],
        "manifest": None if change.action is Action.CHANGED else redacted(obj),
    }


def _footprint(side: Footprint, prices: Prices) -> dict[str, Any]:
    return {
        "components": {
            name: {"pods": side.pods[name]} | _amount(amount, prices)
            for name, amount in side.components.items()
        },
        "idle": _amount(side.idle, prices),
        "maxTasks": side.max_tasks,
        "running": _amount(side.running(side.max_tasks), prices),
    }


def _amount(amount: Amount, prices: Prices) -> dict[str, float]:
    return {
        "cpu": float(amount.cpu),
        "memoryBytes": float(amount.memory),
        "cpuLimit": float(amount.cpu_limit),
        "memoryLimitBytes": float(amount.memory_limit),
        "gpus": float(amount.gpus),
        "storageBytes": float(amount.storage),
        "perMonth": _cents(monthly(amount, prices)),
    }


def _cents(price: Fraction) -> float:
    return round(float(price), 2)
