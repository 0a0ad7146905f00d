"""Looks at the cluster over and over, so that everything else can ask what it is like now."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from threading import Condition, Event, Thread

from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.state import FIELDS, Manifest, World

_REST = 0.2  # seconds between two looks at least
_LOOK = 0.5  # seconds that a look takes at most while the machine is calm
_CLUSTER_WIDE = {"StorageClass": "storage.k8s.io/v1", "Node": "v1"}


class Observer:
    """The world as of a moment ago, and how long ago anything in it last moved.

    `kinds` are looked at in each namespace that is watched: every `seconds`, sooner when someone
    waits for a look. `act`, if given, plays its part in the world after each look, before anyone
    else sees it.
    """

    def __init__(
        self,
        cluster: Cluster,
        kinds: Mapping[str, str],
        *,
        seconds: float,
        act: Callable[[World], None] | None = None,
    ) -> None:
        self._cluster = cluster
        self._kinds = kinds
        self._seconds = seconds
        self._act = act
        self._namespaces: list[str] = []
        self._changed = Condition()
        self._world = World(())
        self._begun = self._looks = 0
        self._asked = Event()
        self._idle = 0.0
        self._failure: Exception | None = None

    def watch(self, namespace: str) -> None:
        """Looks into the namespace too, from the next look on."""
        if namespace and namespace not in self._namespaces:
            self._namespaces.append(namespace)

    @property
    def idle(self) -> float:
        """Seconds since anything last moved, as they would be on a calm machine.

        On a busy one everything takes longer, looks too: a long one counts as one of usual length.
        """
        return self._idle

    def moved(self) -> None:
        """Says that something was done that will take a moment to be seen."""
        self._idle = 0.0

    def next(self) -> World:
        """The world as seen by a look that starts after this call; raises what a look raised."""
        with self._changed:
            wanted = self._begun + 1  # one that is under way may have passed what counts
            self._asked.set()
            while self._looks < wanted and self._failure is None:
                self._changed.wait()
            if self._failure is not None:
                raise self._failure
            return self._world

    @contextmanager
    def running(self) -> Generator[None]:
        """Looks as long as the context."""
        stop = Event()
        thread = Thread(target=self._run, args=(stop,), name="observer", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            self._asked.set()
            thread.join()
            with self._changed:  # whoever still waits need not
                self._failure = self._failure or UserError("nobody looks any more")
                self._changed.notify_all()

    def _run(self, stop: Event) -> None:
        before, looked = self._world.progress(), time.monotonic()
        while not stop.is_set():
            self._asked.clear()
            with self._changed:
                self._begun += 1
            try:
                world = self._look()
                if self._act:
                    self._act(world)
            except Exception as failure:  # noqa: BLE001 who waits for a look would wait for ever
                with self._changed:
                    self._failure = failure
                    self._changed.notify_all()
                return
            now = world.progress()
            passed = min(time.monotonic() - looked, self._seconds + _LOOK)
            looked = time.monotonic()
            with self._changed:
                self._idle = 0.0 if now != before else self._idle + passed
                self._world, self._looks, before = world, self._begun, now
                self._changed.notify_all()
            if not stop.wait(_REST):
                self._asked.wait(self._seconds)

    def _look(self) -> World:
        cluster = self._cluster
        return World(
            [
                *listed(cluster, _CLUSTER_WIDE),
                *(o for each in list(self._namespaces) for o in listed(cluster, self._kinds, each)),
            ]
        )


def listed(cluster: Cluster, kinds: Mapping[str, str], namespace: str = "") -> Iterator[Manifest]:
    """What is there now of these kinds, in the namespace if one is named."""
    for kind, api_version in kinds.items():
        yield from cluster.list(api_version, kind, namespace, fields=FIELDS.get(kind, ""))
