"""Polls the state of a cluster in a background thread."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from threading import Condition, Event, Thread

from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.state import FIELD_SELECTORS, ClusterState

_PAUSE = 0.2  # seconds between the end of a poll and the next one, at the least
_USUAL_POLL = 0.5  # seconds that a poll takes at the most while the machine is not busy
_CLUSTER_WIDE = {"StorageClass": "storage.k8s.io/v1", "Node": "v1"}


class Poller:
    """The state of some namespaces, read every `seconds`, or sooner if `next_state` waits for it.

    `kinds` maps the kinds to read in each namespace to their API versions. StorageClasses and nodes
    are always read. `on_poll`, if given, is called with every state before `next_state` returns it:
    the rehearsal simulates kubelets and operators in this callback.
    """

    def __init__(
        self,
        cluster: Cluster,
        kinds: Mapping[str, str],
        *,
        seconds: float,
        on_poll: Callable[[ClusterState], None] | None = None,
    ) -> None:
        self._cluster = cluster
        self._kinds = kinds
        self._seconds = seconds
        self._on_poll = on_poll
        self._namespaces: list[str] = []
        self._changed = Condition()
        self._state = ClusterState(())
        self._begun = self._finished = 0  # number of the last poll that began, that finished
        self._requested = Event()
        self._idle_seconds = 0.0
        self._failure: Exception | None = None

    def add_namespace(self, namespace: str) -> None:
        """From the next poll on, reads this namespace too. An empty name is ignored."""
        if namespace and namespace not in self._namespaces:
            self._namespaces.append(namespace)

    @property
    def idle_seconds(self) -> float:
        """Seconds since the state last changed, corrected for a busy machine.

        A poll that takes longer than usual counts with its usual duration, because on a busy
        machine everything else takes longer too.
        """
        return self._idle_seconds

    def reset_idle(self) -> None:
        """Sets `idle_seconds` to zero. Call it after a change whose effect is visible only
        later."""
        self._idle_seconds = 0.0

    def next_state(self) -> ClusterState:
        """Waits for the next poll that starts after this call, and returns the state that it read.

        Raises the exception that ended the polling. Raises UserError if `running` has ended.
        """
        with self._changed:
            wanted = self._begun + 1  # a poll that has begun may have read before the last change
            self._requested.set()
            while self._finished < wanted and self._failure is None:
                self._changed.wait()
            if self._failure is not None:
                raise self._failure
            return self._state

    @contextmanager
    def running(self) -> Generator[None]:
        """Polls while the context lasts."""
        stop = Event()
        thread = Thread(target=self._run, args=(stop,), name="poller", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            self._requested.set()
            thread.join()
            with self._changed:  # a thread that still waits for a state must not wait for ever
                self._failure = self._failure or UserError("the cluster is no longer polled")
                self._changed.notify_all()

    def _run(self, stop: Event) -> None:
        before, last_poll = self._state.fingerprint(), time.monotonic()
        while not stop.is_set():
            self._requested.clear()
            with self._changed:
                self._begun += 1
            try:
                state = self._read()
                if self._on_poll:
                    self._on_poll(state)
            except Exception as failure:  # noqa: BLE001 next_state raises it in the waiting thread
                with self._changed:
                    self._failure = failure
                    self._changed.notify_all()
                return
            now = state.fingerprint()
            passed = min(time.monotonic() - last_poll, self._seconds + _USUAL_POLL)
            last_poll = time.monotonic()
            with self._changed:
                self._idle_seconds = 0.0 if now != before else self._idle_seconds + passed
                self._state, self._finished, before = state, self._begun, now
                self._changed.notify_all()
            if not stop.wait(_PAUSE):
                self._requested.wait(self._seconds)

    def _read(self) -> ClusterState:
        objects = [*list_objects(self._cluster, _CLUSTER_WIDE)]
        for namespace in list(self._namespaces):
            objects += list_objects(self._cluster, self._kinds, namespace)
        return ClusterState(objects)


def list_objects(
    cluster: Cluster, kinds: Mapping[str, str], namespace: str = ""
) -> Iterator[Manifest]:
    """The objects of these kinds (kind: API version): of one namespace, or of all namespaces."""
    for kind, api_version in kinds.items():
        yield from cluster.list(api_version, kind, namespace, fields=FIELD_SELECTORS.get(kind, ""))
