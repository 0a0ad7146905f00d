"""What becomes of pods: looked at twice a second for as long as a run of this takes."""

import json
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from threading import Event, Lock, Thread
from typing import Any

from urllib3.exceptions import HTTPError

from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.toolchain.command import CommandError

LOOK_EVERY, _WEIGH_EVERY = 0.5, 5.0  # seconds
_BASE = "base"  # the container of a task's pod


@dataclass(frozen=True, kw_only=True)
class Life:
    """One pod. Times are those of the looks that saw it first, in seconds of this machine."""

    uid: str
    namespace: str
    name: str
    labels: Mapping[str, str]
    resources: Mapping[str, Any]  # of its first container
    node: str = ""
    created: float
    scheduled: float | None = None
    running: float | None = None
    ended: float | None = None
    gone: float | None = None
    succeeded: bool = False  # its work ended with 0
    restarts: int = 0  # of all its containers
    why: str = ""  # the last one of these ended

    @property
    def task(self) -> tuple[str, str, str]:
        """DAG, run and task that it works for; empty texts for a pod of the platform."""
        return (
            self.labels.get("dag_id", ""),
            self.labels.get("run_id", ""),
            self.labels.get("task_id", ""),
        )

    @property
    def is_operators(self) -> bool:
        """Whether a KubernetesPodOperator made it, rather than the executor."""
        return self.labels.get("kubernetes_pod_operator") == "True"


Lives = Mapping[str, Life]  # by uid


def looked(lives: Lives, pods: Iterable[Mapping[str, Any]], now: float) -> Lives:
    """What is known after a look at all pods."""
    seen: dict[str, Life] = {}
    for pod in pods:
        uid = pod["metadata"]["uid"]
        seen[uid] = _grown(lives.get(uid) or _born(pod, now), pod, now)
    missed = {
        uid: life if life.gone is not None else _gone(life, now)
        for uid, life in lives.items()
        if uid not in seen
    }
    return missed | seen


def together(lives: Iterable[Life]) -> list[tuple[Life, Life]]:
    """Pods that did the same task of the same run at the same time.

    A KubernetesPodOperator's work is in the pods that it makes: the executor's are only its
    errands, of which a deferred one has two.
    """
    by_task: dict[tuple[str, str, str], list[Life]] = defaultdict(list)
    for life in lives:
        if life.task[2] and life.running is not None:
            by_task[life.task].append(life)
    found: list[tuple[Life, Life]] = []
    for each in by_task.values():
        workers = [life for life in each if life.is_operators] or each
        ordered = sorted(workers, key=lambda life: life.running or 0)
        for one, other in pairwise(ordered):
            if one.ended is None or (other.running or 0) < one.ended:
                found.append((one, other))
    return found


def memory_of(summary: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """Bytes in use by namespace and pod, of what a kubelet tells of its node."""
    return {
        (pod["podRef"]["namespace"], pod["podRef"]["name"]): int(used)
        for pod in summary.get("pods", ())
        if (used := pod.get("memory", {}).get("workingSetBytes")) is not None
    }


@dataclass(kw_only=True)
class Watcher:
    """Looks at the pods of some namespaces from a thread of its own."""

    cluster: Cluster
    kubectl: Kubectl
    namespaces: Sequence[str]
    memory: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """The most that was seen, by namespace and pod."""
    blind: str = ""
    """Why memory could not be read; empty where it could."""
    _lives: Lives = field(default_factory=dict[str, Life])
    _lock: Lock = field(default_factory=Lock)
    _end: Event = field(default_factory=Event)

    @contextmanager
    def watching(self) -> Generator[None]:
        """As long as this lasts."""
        threads = [Thread(target=self._look), Thread(target=self._weigh)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._end.set()
            for thread in threads:
                thread.join()

    def lives(self) -> list[Life]:
        """Every pod that was seen so far."""
        with self._lock:
            return list(self._lives.values())

    def of_run(self, dag: str, run: str) -> list[Life]:
        """The pods of one run."""
        return [life for life in self.lives() if life.task[:2] == (dag, run)]

    def _look(self) -> None:
        while not self._end.wait(LOOK_EVERY):
            try:
                pods = [pod for each in self.namespaces for pod in self._list(each)]
            except (ApiError, HTTPError, OSError):
                continue  # the API server is busy: the next look sees what became of them
            with self._lock:
                self._lives = looked(self._lives, pods, time.time())

    def _list(self, namespace: str) -> list[dict[str, Any]]:
        return self.cluster.list("v1", "Pod", namespace)

    def _weigh(self) -> None:
        while not self._end.wait(_WEIGH_EVERY):
            with self._lock:
                nodes = {life.node for life in self._lives.values() if not life.gone and life.node}
            for node in nodes:
                try:
                    path = f"/api/v1/nodes/{node}/proxy/stats/summary"
                    used = memory_of(json.loads(self.kubectl.ask("get", "--raw", path)))
                except (CommandError, ValueError) as error:
                    self.blind = str(error).splitlines()[-1]
                    continue
                for key, size in used.items():
                    if key[0] in self.namespaces:
                        self.memory[key] = max(size, self.memory.get(key, 0))


def _born(pod: Mapping[str, Any], now: float) -> Life:
    metadata = pod["metadata"]
    return Life(
        uid=metadata["uid"],
        namespace=metadata["namespace"],
        name=metadata["name"],
        labels=metadata.get("labels", {}),
        resources=pod["spec"]["containers"][0].get("resources", {}),
        created=now,
    )


def _grown(life: Life, pod: Mapping[str, Any], now: float) -> Life:
    status: Mapping[str, Any] = pod.get("status", {})
    containers: Sequence[Mapping[str, Any]] = status.get("containerStatuses") or ()
    every = [*containers, *(status.get("initContainerStatuses") or ())]
    states = [each.get("state", {}) for each in containers if _works(each, containers)]
    started = any("running" in state or "terminated" in state for state in states)
    over = bool(states) and all("terminated" in state for state in states)
    well = over and all(state["terminated"].get("exitCode") == 0 for state in states)
    node = pod["spec"].get("nodeName", "")
    restarts = sum(int(each.get("restartCount", 0)) for each in every)
    endings = [ended for each in every if (ended := each.get("lastState", {}).get("terminated"))]
    why = "; ".join(f"{each.get('reason', '')} {each.get('exitCode', '')}" for each in endings)
    return replace(
        life,
        node=node,
        scheduled=life.scheduled if life.scheduled is not None or not node else now,
        running=life.running if life.running is not None or not started else now,
        ended=life.ended if life.ended is not None or not over else now,
        succeeded=life.succeeded or well,
        restarts=restarts,
        why=why or life.why,
    )


def _works(container: Mapping[str, Any], beside: Sequence[Mapping[str, Any]]) -> bool:
    """Beside a task's container there may be helpers, which live on."""
    return container["name"] == _BASE or all(each["name"] != _BASE for each in beside)


def _gone(life: Life, now: float) -> Life:
    ended = life.ended if life.ended is not None or life.running is None else now
    return replace(life, gone=now, ended=ended)
