"""A difference for other programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from airflow_k8s.commands.diff.cost import Amount, Footprint, monthly
from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.kube.fields import ABSENT
from airflow_k8s.rendering.files import redacted, redacted_value
from airflow_k8s.stack.settings.cluster import Prices
from airflow_k8s.stack.settings.schema import to_data


def as_json(found: Sequence[Difference]) -> str:
    """A document with each stack; no text of any secret is in it."""
    return json.dumps({"stacks": [_stack(each) for each in found]}, indent=2)


def _stack(found: Difference) -> dict[str, Any]:
    return {
        "stack": found.stack,
        "base": found.base,
        "to": found.to,
        "isNew": found.is_new,
        "chart": {"version": found.chart, "standInReason": found.stand_in_reason},
        "objects": found.objects,
        "consequences": [asdict(each) for each in found.consequences],
        "changes": [_change(each) for each in found.changes],
        "footprint": {
            "prices": to_data(found.prices),
            "before": None if found.is_new else _footprint(found.before, found.prices),
            "after": _footprint(found.after, found.prices),
        },
    }


def _change(change: ObjectChange) -> dict[str, Any]:
    each = change.object
    return {
        "what": change.what,
        "kind": each.kind,
        "name": each.name,
        "namespace": each.namespace,
        "component": each.component,
        "part": each.part,
        "origin": each.origin,
        # A field that is not there has no side: null is a value of its own.
        "fields": [
            {"path": field.path}
            | {
                side: redacted_value(value)
                for side, value in (("before", field.before), ("after", field.after))
                if value is not ABSENT
            }
            for field in change.fields
        ],
        "manifest": redacted(each) if change.what != "changed" else None,
    }


def _footprint(side: Footprint, prices: Prices) -> dict[str, Any]:
    return {
        "components": {
            name: {"pods": side.pods[name]} | _amount(amount, prices)
            for name, amount in side.components.items()
        },
        "idle": _amount(side.idle, prices),
        "tasksAtOnce": side.tasks,
        "running": _amount(side.running(side.tasks), prices),
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
