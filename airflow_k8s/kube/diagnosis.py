"""What keeps things from coming up, in the words of who knows. Pure: a world in, troubles out."""

from collections.abc import Iterator
from dataclasses import dataclass

from airflow_k8s.kube.state import WAITS, Manifest, World, condition, condition_words, is_over


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that is refused, pending or not ready."""

    kind: str
    name: str
    words: str  # the server's own where it has any
    setting: str = ""  # the settings behind it, where they are known
    at_once: bool = False  # waiting will not mend it, such as a crash loop


_HOPELESS = {
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
}
# What the scheduler says is a condition; its events stay when it has found a node.
_TELLING = {
    "FailedAttachVolume",
    "FailedCreate",
    "FailedMount",
    "ProvisioningFailed",
    "Unhealthy",
}


def troubles(world: World, namespace: str) -> list[Trouble]:
    """All in the namespace that is not as it should be now; some of it may mend itself."""
    owners = (owner for kind in _OWNERS for owner in world.of(kind, namespace))
    return [
        *(t for job in world.of("Job", namespace) for t in _of_job(job)),
        *(t for owner in owners for t in _uncreated(owner, world)),
        *(t for c in world.of("PersistentVolumeClaim", namespace) for t in _of_claim(c, world)),
        *(t for pod in world.of("Pod", namespace) for t in _of_pod(pod, world)),
    ]


_OWNERS = ("ReplicaSet", "StatefulSet", "DaemonSet", "Job")


def _of_job(job: Manifest) -> Iterator[Trouble]:
    if condition(job, "Failed") == "True":
        yield _trouble(job, condition_words(job, "Failed"), at_once=True)


def _uncreated(owner: Manifest, world: World) -> Iterator[Trouble]:
    """Pods that were refused exist only in their owner's events."""
    wanted = owner["spec"].get("replicas", owner["spec"].get("parallelism", 1))
    status = owner.get("status", {})
    present = status.get("replicas", status.get("active", 0)) + status.get("succeeded", 0)
    if present >= wanted:
        return
    words = condition_words(owner, "ReplicaFailure") or _last_event(owner, world)
    if words:
        # The Deployment is what people know.
        yield _trouble(world.owner(owner) or owner, words)


def _of_claim(claim: Manifest, world: World) -> Iterator[Trouble]:
    if claim.get("status", {}).get("phase") == "Bound":
        return
    words = _last_event(claim, world)
    if words:
        yield _trouble(claim, words)


def _of_pod(pod: Manifest, world: World) -> Iterator[Trouble]:
    if is_over(pod) or condition(pod, "Ready") == "True":
        return
    for status in _statuses(pod):
        state = status.get("state", {})
        waiting, ended = state.get("waiting", {}), state.get("terminated", {})
        if waiting.get("reason") in _HOPELESS:
            words = f"{status['name']}: {waiting['reason']}: {_why(status)}"
            yield _trouble(pod, words.removesuffix(": "), at_once=True)
            return
        if waiting.get("reason") == "ErrImagePull":
            yield _trouble(pod, f"{status['name']}: ErrImagePull: {waiting.get('message', '')}")
            return
        if ended.get("exitCode"):
            yield _trouble(pod, f"{status['name']}: {_ending(ended)}")
            return
    unscheduled = condition(pod, "PodScheduled") == "False"
    waits = pod["metadata"].get("annotations", {}).get(WAITS, "")
    words = condition_words(pod, "PodScheduled") if unscheduled else waits
    words = words or _last_event(pod, world)
    if words:
        yield _trouble(pod, words)


def _why(status: Manifest) -> str:
    """Of a crash loop how it ended, which says more than how long it will be left alone."""
    waiting = status["state"]["waiting"]
    ended = status.get("lastState", {}).get("terminated")
    if waiting["reason"] == "CrashLoopBackOff" and ended:
        return _ending(ended)
    return str(waiting.get("message", ""))


def _ending(ended: Manifest) -> str:
    reason, code = ended.get("reason", ""), f"exit code {ended.get('exitCode')}"
    return code if reason in ("", "Error") else f"{reason}, {code}"


def _statuses(pod: Manifest) -> Iterator[Manifest]:
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses") or ()
    yield from status.get("containerStatuses") or ()


def _last_event(each: Manifest, world: World) -> str:
    own = [
        event
        for event in world.of("Event", each["metadata"]["namespace"])
        if event["involvedObject"].get("uid") == each["metadata"].get("uid")
        and event.get("reason") in _TELLING
    ]
    own.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return str(own[-1].get("message", "")) if own else ""


def _trouble(each: Manifest, words: str, *, at_once: bool = False) -> Trouble:
    name = each["metadata"]["name"]
    return Trouble(kind=each["kind"], name=name, words=words, at_once=at_once)
