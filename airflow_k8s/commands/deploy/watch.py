"""Tells what keeps a stack from coming up while Helm waits without a word."""

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

EVERY = 3.0  # seconds between looks
# What starts fails its probes for a while, and a claim is bound a moment after its pod was made.
_PATIENCE_WITH_PROBES = 120.0
_PATIENCE = 15.0
_VARIES = re.compile(r"\d\S*")

Key = tuple[str, str]  # kind and name


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The trouble with an object."""

    trouble: Trouble
    since: float  # when it got these words, in seconds of a monotonic clock
    told: frozenset[str] = frozenset()  # what was told of the object, but for numbers


Memory = Mapping[Key, Seen]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where is looked, for the commands that a person is told."""

    context: str
    namespace: str

    def words(self, trouble: Trouble) -> str:
        """A trouble in one line. Of a crash loop it says where the reason stands; what a container
        wrote is not repeated, since nobody knows what is in it."""
        line = f"! {trouble.kind} {trouble.name}: {trouble.message}"
        if trouble.reason is not Reason.CRASH_LOOP:
            return line
        where = f"kubectl --context {self.context} -n {self.namespace}"
        return f"{line} ({where} logs {trouble.name} -c {trouble.container} --previous)"


def news(
    before: Memory, world: ClusterState, place: Place, now: float
) -> tuple[Memory, Sequence[str]]:
    """What to remember, and the lines to tell: a trouble once when it lasts, and when it is gone.

    A pod whose container is being tried again is still in trouble, though for a moment nothing is
    wrong with it.
    """
    after: dict[Key, Seen] = {}
    lines: list[str] = []
    for trouble in troubles(world, place.namespace):
        key, words = (trouble.kind, trouble.name), _rough(trouble)
        known = before.get(key)
        since = known.since if known and _rough(known.trouble) == words else now
        told = known.told if known else frozenset[str]()
        if words not in told and now - since >= _patience(trouble):
            lines.append(place.words(trouble))
            told |= {words}
        after[key] = Seen(trouble=trouble, since=since, told=told)
    for key, seen in before.items():
        if key in after:
            continue
        if _still(world, place.namespace, key):
            after[key] = seen
        elif seen.told:
            lines.append(f"! {key[0]} {key[1]}: {_end(world, place.namespace, key)}")
    return after, lines


def waiting(world: ClusterState, namespace: str) -> str:
    """How many of the workloads are rolled out, and which are not, in words."""
    workloads = [
        each for kind in ("Deployment", "StatefulSet") for each in world.of(kind, namespace)
    ]
    late = sorted(each["metadata"]["name"] for each in workloads if missing_for_ready(each, world))
    if not late:
        return f"ready: {len(workloads)} of {len(workloads)}" if workloads else ""
    ready = f"ready: {len(workloads) - len(late)} of {len(workloads)}"
    return f"{ready}; waiting for {', '.join(late)}"


def _rough(trouble: Trouble) -> str:
    """But for numbers, such as how many nodes were looked at."""
    return _VARIES.sub("", trouble.message)


def _patience(trouble: Trouble) -> float:
    if trouble.fatal:
        return 0.0
    return _PATIENCE_WITH_PROBES if trouble.reason is Reason.PROBE_FAILED else _PATIENCE


def _still(world: ClusterState, namespace: str, key: Key) -> bool:
    pod = world.find("Pod", key[1], namespace) if key[0] == "Pod" else None
    return pod is not None and not is_over(pod) and condition(pod, "Ready") != "True"


def _end(world: ClusterState, namespace: str, key: Key) -> str:
    found = world.find(key[0], key[1], namespace)
    if found is None or is_over(found):
        return "is gone"
    return "is ready now" if key[0] == "Pod" else "is well now"


@dataclass
class Watch:
    """What the last look saw."""

    memory: Memory = field(default_factory=dict[Key, Seen])

    @property
    def troubles(self) -> Sequence[Trouble]:
        """Those that are there still, those too that a container's next try hides for a moment."""
        return [seen.trouble for seen in self.memory.values()]


@contextmanager
def watching(
    cluster: Cluster, place: Place, *, tell: Callable[[str], None], note: Callable[[str], None]
) -> Generator[Watch]:
    """Looks at the namespace as long as this lasts: tells each trouble once, and notes what is not
    ready yet."""
    stop, watch = Event(), Watch()

    def run() -> None:
        noted = ""
        while not stop.wait(EVERY):
            try:
                world = ClusterState(list_objects(cluster, WORKLOAD_KINDS, place.namespace))
            except (ApiError, UnreachableError):
                continue  # the server is busy: the next look sees what became of it
            watch.memory, lines = news(watch.memory, world, place, time.monotonic())
            for line in lines:
                tell(line)
            now = waiting(world, place.namespace)
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
