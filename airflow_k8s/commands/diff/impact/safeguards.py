"""What keeps a stack from harm, and is weaker or stronger now: protection, quota, Pod Security."""

from collections.abc import Iterator, Sequence

from airflow_k8s.commands.diff.impact.consequence import Consequence
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.kube.fields import in_words, parts

_KINDS = ("ResourceQuota", "LimitRange", "PodDisruptionBudget")
_POD_SECURITY = "pod-security.kubernetes.io/enforce"


def guards(changes: Sequence[ObjectChange]) -> Iterator[Consequence]:
    """By the object that guards, or is guarded."""
    for change in changes:
        each = change.object
        if change.before and change.after and change.before.protect != change.after.protect:
            words = "protected now" if change.after.protect else "no longer protected"
            yield Consequence(kind="guards", subject=each.qualified_name, words=words)
        words = _fields(change) if change.what == "changed" else change.what
        if each.kind in _KINDS and words:
            yield Consequence(kind="guards", subject=each.qualified_name, words=words)
        if each.kind == "Namespace" and change.touched(f"metadata.labels[{_POD_SECURITY}]"):
            levels = [
                str((side.manifest["metadata"].get("labels") or {}).get(_POD_SECURITY, "anything"))
                for side in (change.before, change.after)
                if side
            ]
            words = f"admitted pods that are {levels[0]}, now {levels[-1]}"
            yield Consequence(kind="guards", subject=each.qualified_name, words=words)


def _fields(change: ObjectChange) -> str:
    return ", ".join(
        f"{parts(f.path)[-1]} {in_words(f.before)} → {in_words(f.after)}"
        for f in change.fields
        if parts(f.path)[0] != "metadata"
    )
