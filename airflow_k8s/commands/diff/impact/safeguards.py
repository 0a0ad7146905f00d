"""What protects a stack from harm: Pulumi's protection, quota, budgets and Pod Security."""

from collections.abc import Iterator, Sequence

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Reason
from airflow_k8s.commands.diff.pairs import Action, ObjectChange
from airflow_k8s.kube.fields import path_parts, value_text

_KINDS = ("ResourceQuota", "LimitRange", "PodDisruptionBudget")
_POD_SECURITY = "pod-security.kubernetes.io/enforce"


def safeguard_consequences(changes: Sequence[ObjectChange]) -> Iterator[Consequence]:
    """What becomes weaker or stronger, by the object that protects or is protected."""
    for change in changes:
        obj = change.object
        if change.protection_changes:
            message = "protected now" if obj.protect else "no longer protected"
            yield _consequence(change, message, Reason.PROTECTION)
        if obj.kind in _KINDS:
            is_changed = change.action is Action.CHANGED
            message = _changed_fields(change) if is_changed else change.action.value
            if message:
                yield _consequence(change, message)
        if obj.kind == "Namespace" and change.touches(f"metadata.labels[{_POD_SECURITY}]"):
            levels = [
                str((side.manifest["metadata"].get("labels") or {}).get(_POD_SECURITY, "none"))
                for side in (change.before, change.after)
                if side
            ]
            message = f"Pod Security level {levels[0]} → {levels[-1]}"
            yield _consequence(change, message, Reason.POD_SECURITY)


def _consequence(change: ObjectChange, message: str, reason: Reason | None = None) -> Consequence:
    return Consequence(
        kind=Kind.SAFEGUARD, subject=change.object.qualified_name, message=message, reason=reason
    )


def _changed_fields(change: ObjectChange) -> str:
    return ", ".join(
        f"{path_parts(field.path)[-1]} {value_text(field.before)} → {value_text(field.after)}"
        for field in change.fields
        if path_parts(field.path)[0] != "metadata"
    )
