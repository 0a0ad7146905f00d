"""Waits until an object is ready, or stops if it does not become ready."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from airflow_k8s.commands.rehearse.outcome import Outcome
from airflow_k8s.commands.rehearse.report import Action
from airflow_k8s.commands.rehearse.troubles import find_troubles
from airflow_k8s.kube import readiness
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.state import ClusterState

_FACTOR_WITHOUT_TROUBLE = 5  # times the idle timeout


class Waiter:
    """Waits for objects of a cluster, and keeps the troubles that made it stop waiting."""

    def __init__(self, cluster: Cluster, poller: Poller, idle_timeout: float) -> None:
        self._cluster = cluster
        self._poller = poller
        self._idle_timeout = idle_timeout
        self._lock = Lock()
        self.troubles: list[Trouble] = []

    def wait(
        self, created: Mapping[str, Any], action: Action, report: Callable[[str], None]
    ) -> Outcome:
        """Waits for the object. Returns the outcome `action`, or `not ready` if it stopped waiting.

        `report` is called with a text after every poll: what the object waits for.
        """
        metadata = created["metadata"]
        namespace = metadata.get("namespace", "")
        waits_for = readiness.missing_for_ready(created, ClusterState(()))
        if not waits_for:
            return Outcome(action=action, state=created)
        gives_up = self.give_up_check(namespace)
        while True:
            state = self._poller.next_state()
            now = self._cluster.get(
                created["apiVersion"], created["kind"], metadata["name"], namespace
            )
            if now is None:
                return Outcome(action="not ready", message="it was deleted in the meantime")
            waits_for = readiness.missing_for_ready(now, state)
            if not waits_for:
                return Outcome(action=action, state=now)
            report(waits_for)
            if gives_up(state):
                return Outcome(action="not ready", message=f"it waits for {waits_for}", state=now)

    def give_up_check(self, namespace: str) -> Callable[[ClusterState], bool]:
        """Returns a function that gets a cluster state and returns whether to stop waiting.

        Waiting ends when the cluster has not changed for the idle timeout, or immediately if a
        trouble is fatal. Troubles that exist before the wait are ignored, because this update may
        fix them. Without a trouble the timeout is five times as long: the machine may be slow.
        """
        old = set(find_troubles(self._poller.next_state(), namespace))

        def gives_up(state: ClusterState) -> bool:
            found = find_troubles(state, namespace)
            new = [trouble for trouble in found if trouble not in old]
            timeout = self._idle_timeout * (1 if new else _FACTOR_WITHOUT_TROUBLE)
            if self._poller.idle_seconds < timeout and not any(trouble.fatal for trouble in new):
                return False
            with self._lock:
                self.troubles = found
            return True

        return gives_up
