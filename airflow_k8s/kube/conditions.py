"""The conditions and the phase that an object's status reports."""

from airflow_k8s.kube.manifest import Manifest


def condition(manifest: Manifest, condition_type: str) -> str:
    """The status of a condition: True, False or Unknown; empty if the object does not report it."""
    return str(_find(manifest, condition_type).get("status", ""))


def condition_message(manifest: Manifest, condition_type: str) -> str:
    """The message of a condition; empty if the object does not report the condition."""
    return str(_find(manifest, condition_type).get("message", ""))


def condition_since(manifest: Manifest, condition_type: str) -> str:
    """The time of a condition's last change, such as 2026-01-31T12:00:00Z; empty if the object
    does not report the condition."""
    return str(_find(manifest, condition_type).get("lastTransitionTime", ""))


def is_over(pod: Manifest) -> bool:
    """Whether a pod has ended or is terminating."""
    ended = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    return ended or "deletionTimestamp" in pod["metadata"]


def has_started(pod: Manifest) -> bool:
    """Whether a pod runs or has run: it has an address."""
    return bool(pod.get("status", {}).get("podIP"))


def _find(manifest: Manifest, condition_type: str) -> Manifest:
    conditions = manifest.get("status", {}).get("conditions") or ()
    return next((found for found in conditions if found["type"] == condition_type), {})
