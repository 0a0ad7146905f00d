"""Reports what keeps a stack from becoming ready, while Helm waits and prints nothing."""

import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from airflow_k8s.kube.cluster import ApiError, Cluster, UnreachableError
from airflow_k8s.kube.conditions import condition, is_over
from airflow_k8s.kube.diagnosis import Trouble, troubles
from airflow_k8s.kube.poller import list_objects
from airflow_k8s.kube.readiness import missing_for_ready
from airflow_k8s.kube.reasons import Reason
from airflow_k8s.kube.state import WORKLOAD_KINDS, ClusterState

INTERVAL = 3.0  # seconds between polls
# A container that starts fails its probes for a while, and a claim is bound a moment after its pod
# was created.
_PROBE_PATIENCE = 120.0  # seconds that a trouble lasts before it is reported
_PATIENCE = 15.0
_NUMBER = re.compile(r"\d\S*")

Key = tuple[str, str]  # kind and name


@dataclass(frozen=True, kw_only=True)
class Observation:
    """The trouble of an object."""

    trouble: Trouble
    since: float  # when its message appeared, in seconds of a monotonic clock
    reported: frozenset[str] = frozenset()  # the messages that were reported, without numbers


Memory = Mapping[Key, Observation]


@dataclass(frozen=True, kw_only=True)
class Place:
    """The namespace that is watched, for the commands in the output."""

    context: str  # of the kubeconfig
    namespace: str

    def describe(self, trouble: Trouble) -> str:
        """A trouble in one line; for a crash loop with the command that prints the log.

        The log itself is not repeated: it may contain secrets.
        """
        line = f"! {trouble.kind} {trouble.name}: {trouble.message}"
        if trouble.reason is not Reason.CRASH_LOOP:
            return line
        kubectl = f"kubectl --context {self.context} -n {self.namespace}"
        return f"{line} ({kubectl} logs {trouble.name} -c {trouble.container} --previous)"


def report(
    before: Memory, state: ClusterState, place: Place, now: float
) -> tuple[Memory, Sequence[str]]:
    """What to remember until the next poll, and the lines to print now.

    A trouble is reported when it has lasted for some time, and again when it is over. A trouble of
    a pod is not over while its container restarts, although the pod looks well for a moment.
    """
    after: dict[Key, Observation] = {}
    lines: list[str] = []
    for trouble in troubles(state, place.namespace):
        key, message = (trouble.kind, trouble.name), _without_numbers(trouble)
        known = before.get(key)
        since = known.since if known and _without_numbers(known.trouble) == message else now
        reported = known.reported if known else frozenset[str]()
        if message not in reported and now - since >= _patience(trouble):
            lines.append(place.describe(trouble))
            reported |= {message}
        after[key] = Observation(trouble=trouble, since=since, reported=reported)
    for key, observation in before.items():
        if key in after:
            continue
        if _is_unready_pod(state, place.namespace, key):
            after[key] = observation
        elif observation.reported:
            lines.append(f"! {key[0]} {key[1]}: {_end(state, place.namespace, key)}")
    return after, lines


def progress(state: ClusterState, namespace: str) -> str:
    """How many of the workloads are rolled out, and the names of the others; empty if there are no
    workloads yet."""
    workloads = [
        workload for kind in ("Deployment", "StatefulSet") for workload in state.of(kind, namespace)
    ]
    late = sorted(
        workload["metadata"]["name"] for workload in workloads if missing_for_ready(workload, state)
    )
    if not late:
        return f"ready: {len(workloads)} of {len(workloads)}" if workloads else ""
    ready = f"ready: {len(workloads) - len(late)} of {len(workloads)}"
    return f"{ready}; waiting for {', '.join(late)}"


def _without_numbers(trouble: Trouble) -> str:
    """The message without numbers, such as how many nodes the scheduler considered: a message that
    differs in them alone is the same."""
    return _NUMBER.sub("", trouble.message)


def _patience(trouble: Trouble) -> float:
    if trouble.fatal:
        return 0.0
    return _PROBE_PATIENCE if trouble.reason is Reason.PROBE_FAILED else _PATIENCE


def _is_unready_pod(state: ClusterState, namespace: str, key: Key) -> bool:
    pod = state.find("Pod", key[1], namespace) if key[0] == "Pod" else None
    return pod is not None and not is_over(pod) and condition(pod, "Ready") != "True"


def _end(state: ClusterState, namespace: str, key: Key) -> str:
    found = state.find(key[0], key[1], namespace)
    if found is None or is_over(found):
        return "is gone"
    return "is ready now" if key[0] == "Pod" else "has no trouble now"


@dataclass
class Watch:
    """What the last poll found."""

    memory: Memory = field(default_factory=dict[Key, Observation])

    @property
    def troubles(self) -> Sequence[Trouble]:
        """The troubles that last, with those that the restart of a container hides for a moment."""
        return [observation.trouble for observation in self.memory.values()]


@contextmanager
def watching(
    cluster: Cluster, place: Place, *, warn: Callable[[str], None], note: Callable[[str], None]
) -> Generator[Watch]:
    """Polls the namespace in a thread.

    `warn` gets a line when a trouble lasts, and another when it is over. `note` gets the progress
    of the workloads whenever it changes.
    """
    stop, watch = Event(), Watch()

    def run() -> None:
        noted = ""
        while not stop.wait(INTERVAL):
            try:
                state = ClusterState(list_objects(cluster, WORKLOAD_KINDS, place.namespace))
            except (ApiError, UnreachableError):
                continue  # the server is busy: the next poll shows what changed
            watch.memory, lines = report(watch.memory, state, place, time.monotonic())
            for line in lines:
                warn(line)
            now = progress(state, place.namespace)
            if now != noted:
                note(now)
                noted = now

    thread = Thread(target=run, name="watch", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()
