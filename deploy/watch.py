"""Tells what keeps a stack from coming up while Helm waits without a word."""

import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from urllib3.exceptions import HTTPError

from deploy.seen import parts
from rehearsal.cluster import Cluster, Refused
from rehearsal.observer import listed
from rehearsal.report import Trouble
from rehearsal.trouble import troubles
from rehearsal.world import PODS_AND_OWNERS, World, condition, is_over

EVERY = 3.0  # seconds between looks
_PROBES = re.compile(r"(Startup|Readiness|Liveness) probe ")
# What starts fails its probes for a while, and a claim is bound a moment after its pod was made.
_PATIENCE_WITH_PROBES = 120.0
_PATIENCE = 15.0
_VARIES = re.compile(r"\d\S*")

Key = tuple[str, str]  # kind and name


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A trouble since it was first seen."""

    trouble: Trouble
    since: float  # seconds of a monotonic clock
    told: bool


Memory = Mapping[Key, Seen]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where is looked, for the commands that a person is told."""

    context: str
    namespace: str

    def words(self, trouble: Trouble) -> str:
        """A trouble in one line. Of a crash loop it says where the reason stands; what a container
        wrote is not repeated, since nobody knows what is in it."""
        line = f"! {trouble.kind} {trouble.name}: {trouble.words}"
        if "CrashLoopBackOff" not in trouble.words:
            return line
        container = trouble.words.partition(":")[0]
        where = f"kubectl --context {self.context} -n {self.namespace}"
        return f"{line} ({where} logs {trouble.name} -c {container} --previous)"


def news(before: Memory, world: World, place: Place, now: float) -> tuple[Memory, Sequence[str]]:
    """What to remember, and the lines to tell: a trouble once when it lasts, and when it is gone.

    A pod whose container is being tried again is still in trouble, though for a moment nothing is
    wrong with it.
    """
    after: dict[Key, Seen] = {}
    lines: list[str] = []
    for trouble in troubles(world, place.namespace):
        key = (trouble.kind, trouble.name)
        known = before.get(key)
        if known and _alike(known.trouble, trouble):
            seen = Seen(trouble=trouble, since=known.since, told=known.told)
        else:
            seen = Seen(trouble=trouble, since=now, told=False)
        if not seen.told and now - seen.since >= _patience(trouble):
            lines.append(place.words(trouble))
            seen = Seen(trouble=trouble, since=seen.since, told=True)
        after[key] = seen
    for key, seen in before.items():
        if key in after:
            continue
        if _still(world, place.namespace, key):
            after[key] = seen
        elif seen.told:
            lines.append(f"! {key[0]} {key[1]}: {_end(world, place.namespace, key)}")
    return after, lines


def waiting(world: World, namespace: str) -> str:
    """How many of the workloads are ready, and which are not, in words."""
    every = list(parts(world, namespace))
    late = [f"{part.name} ({part.ready} of {part.wanted})" for part in every if not part.well]
    if not late:
        return f"ready: {len(every)} of {len(every)}" if every else ""
    return f"ready: {len(every) - len(late)} of {len(every)}; waiting for {', '.join(late)}"


def _alike(one: Trouble, other: Trouble) -> bool:
    """But for numbers, such as how many nodes were looked at."""
    return _VARIES.sub("", one.words) == _VARIES.sub("", other.words)


def _patience(trouble: Trouble) -> float:
    if trouble.at_once:
        return 0.0
    return _PATIENCE_WITH_PROBES if _PROBES.match(trouble.words) else _PATIENCE


def _still(world: World, namespace: str, key: Key) -> bool:
    pod = world.find("Pod", key[1], namespace) if key[0] == "Pod" else None
    return pod is not None and not is_over(pod) and condition(pod, "Ready") != "True"


def _end(world: World, namespace: str, key: Key) -> str:
    found = world.find(key[0], key[1], namespace)
    if found is None or is_over(found):
        return "is gone"
    return "is ready now" if key[0] == "Pod" else "is well now"


@contextmanager
def watching(
    cluster: Cluster, place: Place, *, tell: Callable[[str], None], note: Callable[[str], None]
) -> Generator[None]:
    """Looks at the namespace as long as this lasts: tells each trouble once, and notes what is not
    ready yet."""
    stop = Event()

    def run() -> None:
        memory: Memory = {}
        noted = ""
        while not stop.wait(EVERY):
            try:
                world = World(listed(cluster, PODS_AND_OWNERS, place.namespace))
            except (Refused, HTTPError, OSError):
                continue  # the server is busy: the next look sees what became of it
            memory, lines = news(memory, world, place, time.monotonic())
            for line in lines:
                tell(line)
            now = waiting(world, place.namespace)
            if now != noted:
                note(now)
                noted = now

    thread = Thread(target=run, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def now_wrong(cluster: Cluster, place: Place) -> list[str]:
    """The troubles of this moment, in a line each."""
    world = World(listed(cluster, PODS_AND_OWNERS, place.namespace))
    return [place.words(each) for each in troubles(world, place.namespace)]
