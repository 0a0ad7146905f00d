"""Polls pods and their memory from background threads while the steps run."""

import json
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from airflow_k8s.kube.cluster import ApiError, Cluster, UnreachableError
from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.toolchain.command import CommandError
from dev.e2e.pod_records import PodRecord, PodRecords, memory_usage, updated_records

POLL_SECONDS, _MEMORY_POLL_SECONDS = 0.5, 5.0


@dataclass(kw_only=True)
class Watcher:
    """Keeps a record of every pod in some namespaces, deleted pods included."""

    cluster: Cluster
    kubectl: Kubectl
    namespaces: Sequence[str]
    peak_memory: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """The highest memory usage that a poll saw, in bytes, by namespace and pod name."""
    memory_error: str = ""
    """Why memory could not be read; empty if it could."""
    _records: PodRecords = field(default_factory=dict[str, PodRecord])
    _lock: Lock = field(default_factory=Lock)
    _stop: Event = field(default_factory=Event)

    @contextmanager
    def watching(self) -> Generator[None]:
        """Polls until the context ends."""
        threads = [Thread(target=self._poll_pods), Thread(target=self._poll_memory)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def pods(self) -> list[PodRecord]:
        """Every pod seen so far."""
        with self._lock:
            return list(self._records.values())

    def pods_of_run(self, dag: str, run: str) -> list[PodRecord]:
        """Every pod seen so far that works for a run of a DAG."""
        return [pod for pod in self.pods() if pod.task[:2] == (dag, run)]

    def _poll_pods(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            try:
                pods = [
                    pod
                    for namespace in self.namespaces
                    for pod in self.cluster.list("v1", "Pod", namespace)
                ]
            except (ApiError, UnreachableError):
                continue  # the API server is busy; the next poll sees the changes
            with self._lock:
                self._records = updated_records(self._records, pods, time.time())

    def _poll_memory(self) -> None:
        while not self._stop.wait(_MEMORY_POLL_SECONDS):
            nodes = {pod.node for pod in self.pods() if not pod.deleted and pod.node}
            for node in nodes:
                try:
                    path = f"/api/v1/nodes/{node}/proxy/stats/summary"
                    usage = memory_usage(json.loads(self.kubectl.ask("get", "--raw", path)))
                except (CommandError, ValueError) as error:
                    self.memory_error = str(error).splitlines()[-1]
                    continue
                for (namespace, name), size in usage.items():
                    if namespace in self.namespaces:
                        peak = max(size, self.peak_memory.get((namespace, name), 0))
                        self.peak_memory[namespace, name] = peak
