"""Whether an object is ready, by the rules of Pulumi's Kubernetes provider. Pure.

https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/ and the provider's own awaiters.
"""

from collections.abc import Callable, Mapping

from airflow_k8s.kube.conditions import condition, condition_message
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.state import ClusterState

_SKIP_AWAIT = "pulumi.com/skipAwait"
_WAIT_FOR = "pulumi.com/waitFor"


def missing_for_ready(manifest: Manifest, state: ClusterState) -> str:
    """What Pulumi still waits for, such as "1 of 2 pods"; empty if the object is ready."""
    annotations = manifest["metadata"].get("annotations", {})
    if annotations.get(_SKIP_AWAIT) == "true":
        return ""
    if _WAIT_FOR in annotations:
        return _requested_condition(manifest, annotations[_WAIT_FOR])
    rule = _RULES.get(manifest["kind"])
    return rule(manifest, state) if rule else ""


def _requested_condition(manifest: Manifest, expression: str) -> str:
    condition_type, _, wanted = expression.removeprefix("condition=").partition("=")
    if not expression.startswith("condition="):
        return f"{_WAIT_FOR}: {expression} is not supported here, only condition=…"
    if condition(manifest, condition_type).lower() == (wanted or "True").lower():
        return ""
    return condition_message(manifest, condition_type) or f"condition {condition_type}"


def _job(job: Manifest, _state: ClusterState) -> str:
    return "" if condition(job, "Complete") == "True" else "its pod"


def _workload(workload: Manifest, _state: ClusterState) -> str:
    status, wanted = workload.get("status", {}), workload["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return "its controller"
    updated = status.get("updatedReplicas", 0)
    ready = min(status.get("readyReplicas", 0), updated)
    if ready < wanted or status.get("replicas", 0) > wanted:
        return f"{ready} of {wanted} pods"
    return ""


def _claim(claim: Manifest, state: ClusterState) -> str:
    name = claim["spec"].get("storageClassName") or ""
    storage_class = state.find("StorageClass", name) or {}
    binds_later = storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
    if binds_later or claim.get("status", {}).get("phase") == "Bound":
        return ""
    return "a volume"


def _service(service: Manifest, state: ClusterState) -> str:
    selector = service["spec"].get("selector")
    if not selector or service["spec"].get("type") == "ExternalName":
        return ""
    ready = state.has_ready_pod(selector, service["metadata"]["namespace"])
    return "" if ready else "a ready pod behind it"


def _quota(quota: Manifest, _state: ClusterState) -> str:
    """What a ResourceQuota waits for: its status must list every limit.

    Until then the API server refuses pods with the message `status unknown for quota`.
    """
    counted = quota.get("status", {}).get("hard", {})
    return "" if counted == quota["spec"]["hard"] else "its limits to be counted"


def _daemon_set(daemon_set: Manifest, _state: ClusterState) -> str:
    return "" if daemon_set.get("status", {}).get("numberReady") else "its pods"


def _pod(pod: Manifest, _state: ClusterState) -> str:
    return "" if condition(pod, "Ready") == "True" else "its containers"


_RULES: Mapping[str, Callable[[Manifest, ClusterState], str]] = {
    "DaemonSet": _daemon_set,
    "Deployment": _workload,
    "Job": _job,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "ResourceQuota": _quota,
    "Service": _service,
    "StatefulSet": _workload,
}
