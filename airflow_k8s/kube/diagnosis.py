"""Finds out why workloads do not become ready. Pure: a cluster's state in, troubles out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from airflow_k8s.kube.conditions import condition, condition_message, is_over
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.reasons import EVENTS, WAITING, Reason, reason_of
from airflow_k8s.kube.state import ClusterState

_OWNER_KINDS = ("ReplicaSet", "StatefulSet", "DaemonSet", "Job")


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An object that is refused, pending or not ready."""

    kind: str
    name: str
    reason: Reason
    message: str  # the text of the API server, scheduler or kubelet, if they give one
    container: str = ""  # the container that is not ready, if the trouble is with one
    setting: str = ""  # the settings of the stack that cause it, if they are known
    fatal: bool = False  # it does not end by itself, such as a crash loop


def no_pending_message(_pod: Manifest) -> str:
    """The `pending_message` for a cluster with real kubelets: there is no such message."""
    return ""


def troubles(
    state: ClusterState,
    namespace: str,
    *,
    pending_message: Callable[[Manifest], str] = no_pending_message,
) -> list[Trouble]:
    """The troubles of all objects in a namespace; those that are not `fatal` may end by themselves.

    `pending_message` returns why a simulated kubelet does not start a pod; empty if it does.
    """
    owners = (owner for kind in _OWNER_KINDS for owner in state.of(kind, namespace))
    claims = state.of("PersistentVolumeClaim", namespace)
    return [
        *(trouble for job in state.of("Job", namespace) for trouble in _of_job(job)),
        *(trouble for owner in owners for trouble in _of_missing_pods(owner, state)),
        *(trouble for claim in claims for trouble in _of_claim(claim, state)),
        *(
            trouble
            for pod in state.of("Pod", namespace)
            for trouble in _of_pod(pod, state, pending_message)
        ),
    ]


def _of_job(job: Manifest) -> Iterator[Trouble]:
    if condition(job, "Failed") == "True":
        message = condition_message(job, "Failed")
        yield _trouble(job, Reason.JOB_FAILED, message, fatal=True)


def _of_missing_pods(owner: Manifest, state: ClusterState) -> Iterator[Trouble]:
    """Yields a trouble if the owner has fewer pods than it wants.

    A pod that the API server refused shows only in the status and the events of its owner.
    """
    wanted = owner["spec"].get("replicas", owner["spec"].get("parallelism", 1))
    status = owner.get("status", {})
    present = status.get("replicas", status.get("active", 0)) + status.get("succeeded", 0)
    if present >= wanted:
        return
    message, reason = condition_message(owner, "ReplicaFailure"), Reason.REFUSED
    if not message:
        message, reason = _last_event(owner, state)
    if message:
        # Users know the Deployment rather than its ReplicaSet.
        subject = state.owner(owner) or owner
        yield _trouble(subject, reason_of(message, reason), message)


def _of_claim(claim: Manifest, state: ClusterState) -> Iterator[Trouble]:
    if claim.get("status", {}).get("phase") == "Bound":
        return
    message, reason = _last_event(claim, state)
    if message:
        yield _trouble(claim, reason, message)


def _of_pod(
    pod: Manifest, state: ClusterState, pending_message: Callable[[Manifest], str]
) -> Iterator[Trouble]:
    if is_over(pod) or condition(pod, "Ready") == "True":
        return
    for status in _container_statuses(pod):
        trouble = _of_container(pod, status)
        if trouble:
            yield trouble
            return
    if condition(pod, "PodScheduled") == "False":
        message, reason = condition_message(pod, "PodScheduled"), Reason.UNSCHEDULABLE
    else:
        message, reason = pending_message(pod), Reason.OTHER
    if not message:
        message, reason = _last_event(pod, state)
    if message:
        yield _trouble(pod, reason_of(message, reason), message)


def _of_container(pod: Manifest, status: Manifest) -> Trouble | None:
    container, state = status["name"], status.get("state", {})
    waiting, ended = state.get("waiting", {}), state.get("terminated", {})
    kubelet_reason = waiting.get("reason", "")
    if kubelet_reason in WAITING:
        message = f"{container}: {kubelet_reason}: {_detail(status)}".removesuffix(": ")
        # The kubelet's next attempt follows ErrImagePull: ImagePullBackOff means that it failed.
        fatal = kubelet_reason != "ErrImagePull"
        reason = WAITING[kubelet_reason]
        return _trouble(pod, reason, message, container=container, fatal=fatal)
    if ended.get("exitCode"):
        message = f"{container}: {_ending(ended)}"
        return _trouble(pod, Reason.CONTAINER_EXITED, message, container=container)
    return None


def _detail(status: Manifest) -> str:
    """How a container in a crash loop ended; the kubelet's text for other waiting containers."""
    waiting = status["state"]["waiting"]
    ended = status.get("lastState", {}).get("terminated")
    if waiting["reason"] == "CrashLoopBackOff" and ended:
        return _ending(ended)
    return str(waiting.get("message", ""))


def _ending(ended: Manifest) -> str:
    reason, code = ended.get("reason", ""), f"exit code {ended.get('exitCode')}"
    return code if reason in ("", "Error") else f"{reason}, {code}"


def _container_statuses(pod: Manifest) -> Iterator[Manifest]:
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses") or ()
    yield from status.get("containerStatuses") or ()


def _last_event(manifest: Manifest, state: ClusterState) -> tuple[str, Reason]:
    """The message and reason of the last event that reports a trouble with the object."""
    own = [
        event
        for event in state.of("Event", manifest["metadata"]["namespace"])
        if event["involvedObject"].get("uid") == manifest["metadata"].get("uid")
        and event.get("reason") in EVENTS
    ]
    own.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    if not own:
        return "", Reason.OTHER
    return str(own[-1].get("message", "")), EVENTS[own[-1]["reason"]]


def _trouble(
    manifest: Manifest, reason: Reason, message: str, *, container: str = "", fatal: bool = False
) -> Trouble:
    return Trouble(
        kind=manifest["kind"],
        name=manifest["metadata"]["name"],
        reason=reason,
        message=message,
        container=container,
        fatal=fatal,
    )
