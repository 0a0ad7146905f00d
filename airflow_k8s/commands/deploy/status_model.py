"""What a status sees: the release, the workloads, and Airflow by its own API."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.kube.conditions import condition, is_over
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.selectors import matches_labels
from airflow_k8s.kube.state import ClusterState

Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Part:
    """What keeps pods running: a Deployment, a StatefulSet, or an operator's database."""

    kind: str
    name: str
    images: Sequence[str]  # of its main container, with tag: several while a roll-out lasts
    ready: int
    wanted: int
    restarts: int  # of the containers of its pods

    @property
    def well(self) -> bool:
        """Whether all are ready."""
        return self.ready >= self.wanted


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of a DAG."""

    dag: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Airflow:
    """What Airflow says of itself."""

    version: str
    health: Mapping[str, str]  # status by part
    succeeded: int  # runs that ended in the last day
    failed: int
    running: int  # runs, now
    waiting: int  # runs that are queued, now
    failures: Sequence[Run]  # the latest of those that failed
    queued_tasks: int  # that wait for a worker pod, now
    oldest: datetime | None  # since when the first of them waits
    unreadable: int  # DAG files that can't be imported


@dataclass(frozen=True, kw_only=True)
class Status:
    """A stack at one moment."""

    stack: str
    context: str
    server: str
    kubernetes: str
    namespace: str
    now: datetime
    release: Revision | None
    way_out: str  # of a release that is stuck; empty where it is not
    parts: Sequence[Part]
    troubles: Sequence[Trouble]
    airflow: Airflow | None
    unknown: str = ""  # why Airflow could not be asked
    unhealthy: Sequence[str] = field(default=())

    @property
    def wrong(self) -> list[str]:
        """Why it is not healthy, in words; runs of DAGs that failed are their owners' concern."""
        release = self.release
        return [
            *(["no release is there"] if release is None else []),
            *(
                [f"the release is {release.status}"]
                if release and release.status != "deployed"
                else []
            ),
            *(f"{p.name}: {p.ready} of {p.wanted} ready" for p in self.parts if not p.well),
            *(f"{t.kind} {t.name}: {t.message}" for t in self.troubles),
            *([f"Airflow can't be asked: {self.unknown}"] if self.unknown else []),
            *self.unhealthy,
        ]


def parts(world: ClusterState, namespace: str) -> Iterator[Part]:
    """The workloads of the namespace, by name."""
    found = [
        _part(each, [pod for pod in world.of("Pod", namespace) if _selected(each, pod)])
        for kind in ("Deployment", "StatefulSet")
        for each in world.of(kind, namespace)
    ]
    yield from sorted(found, key=lambda part: part.name)


def database(cluster: Manifest, pods: Iterable[Manifest]) -> Part:
    """A cluster of CloudNativePG's, whose pods no StatefulSet owns.
    https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/#clusterstatus"""
    name, status = cluster["metadata"]["name"], cluster.get("status", {})
    own = [pod for pod in pods if matches_labels({"cnpg.io/cluster": name}, pod)]
    return Part(
        kind="Cluster",
        name=name,
        images=[status["image"]] if status.get("image") else _images(own),
        ready=int(status.get("readyInstances", 0)),
        wanted=int(cluster["spec"].get("instances", 1)),
        restarts=_restarts(own),
    )


def _part(each: Manifest, pods: Sequence[Manifest]) -> Part:
    spec = each["spec"]
    live = [pod for pod in pods if not is_over(pod)]
    return Part(
        kind=each["kind"],
        name=each["metadata"]["name"],
        images=_images(live) or [spec["template"]["spec"]["containers"][0]["image"]],
        ready=sum(condition(pod, "Ready") == "True" for pod in live),
        wanted=int(spec.get("replicas", 1)),
        restarts=_restarts(live),
    )


def _selected(each: Manifest, pod: Manifest) -> bool:
    return matches_labels(each["spec"]["selector"].get("matchLabels") or {}, pod)


def _images(pods: Iterable[Manifest]) -> list[str]:
    return sorted({pod["spec"]["containers"][0]["image"] for pod in pods})


def _restarts(pods: Iterable[Manifest]) -> int:
    statuses = [
        status
        for pod in pods
        for key in ("initContainerStatuses", "containerStatuses")
        for status in pod.get("status", {}).get(key) or ()
    ]
    return sum(int(each.get("restartCount", 0)) for each in statuses)
