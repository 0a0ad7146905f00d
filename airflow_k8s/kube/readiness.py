"""Whether an object is ready, by the rules of Pulumi's Kubernetes provider. Pure.

https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/ and the provider's own awaiters.
"""

from collections.abc import Callable, Mapping

from airflow_k8s.kube.state import Manifest, World, condition, condition_words

_SKIP = "pulumi.com/skipAwait"
_WAIT_FOR = "pulumi.com/waitFor"


def waits_for(each: Manifest, world: World) -> str:
    """What an update would wait for, in words; empty where it would go on."""
    annotations = each["metadata"].get("annotations", {})
    if annotations.get(_SKIP) == "true":
        return ""
    if _WAIT_FOR in annotations:
        return _asked_for(each, annotations[_WAIT_FOR])
    rule = _RULES.get(each["kind"])
    return rule(each, world) if rule else ""


def _asked_for(each: Manifest, expression: str) -> str:
    kind, _, wanted = expression.removeprefix("condition=").partition("=")
    if not expression.startswith("condition="):
        return f"{_WAIT_FOR}: {expression} is not understood here, only condition=…"
    if condition(each, kind).lower() == (wanted or "True").lower():
        return ""
    return condition_words(each, kind) or f"condition {kind}"


def _job(job: Manifest, _world: World) -> str:
    return "" if condition(job, "Complete") == "True" else "its pod"


def _workload(each: Manifest, _world: World) -> str:
    status, wanted = each.get("status", {}), each["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < each["metadata"].get("generation", 0):
        return "its controller"
    updated = status.get("updatedReplicas", 0)
    ready = min(status.get("readyReplicas", 0), updated)
    if ready < wanted or status.get("replicas", 0) > wanted:
        return f"{ready} of {wanted} pods"
    return ""


def _claim(claim: Manifest, world: World) -> str:
    name = claim["spec"].get("storageClassName") or ""
    storage_class = world.find("StorageClass", name) or {}
    waits = storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
    if waits or claim.get("status", {}).get("phase") == "Bound":
        return ""
    return "a volume"


def _service(service: Manifest, world: World) -> str:
    selector = service["spec"].get("selector")
    if not selector or service["spec"].get("type") == "ExternalName":
        return ""
    ready = world.answers(selector, service["metadata"]["namespace"])
    return "" if ready else "a ready pod behind it"


def _quota(quota: Manifest, _world: World) -> str:
    """Until its limits are counted the server refuses pods with `status unknown for quota`."""
    counted = quota.get("status", {}).get("hard", {})
    return "" if counted == quota["spec"]["hard"] else "its limits to be counted"


_RULES: Mapping[str, Callable[[Manifest, World], str]] = {
    "DaemonSet": lambda each, _: "" if each.get("status", {}).get("numberReady") else "its pods",
    "Deployment": _workload,
    "Job": _job,
    "PersistentVolumeClaim": _claim,
    "Pod": lambda pod, _: "" if condition(pod, "Ready") == "True" else "its containers",
    "ResourceQuota": _quota,
    "Service": _service,
    "StatefulSet": _workload,
}
