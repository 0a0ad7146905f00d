"""What `status` finds out: the release, the components, and Airflow by its own API."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.kube.conditions import condition, is_over
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.selectors import matches_labels, selects
from airflow_k8s.kube.state import ClusterState


@dataclass(frozen=True, kw_only=True)
class Component:
    """A workload that keeps pods running: a Deployment, a StatefulSet or an operator's database."""

    kind: str
    name: str
    images: Sequence[str]  # of the main container, with tag; several during a rollout
    ready: int  # pods
    desired: int  # pods
    restarts: int  # of all containers of its pods

    @property
    def is_ready(self) -> bool:
        """Whether all desired pods are ready."""
        return self.ready >= self.desired


@dataclass(frozen=True, kw_only=True)
class DagRun:
    """A run of a DAG."""

    dag: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Airflow:
    """What Airflow's API reports."""

    version: str
    health: Mapping[str, str]  # the status of each part
    succeeded: int  # DAG runs that ended in the last day
    failed: int  # DAG runs that ended in the last day
    running: int  # DAG runs, now
    queued: int  # DAG runs, now
    failures: Sequence[DagRun]  # the latest of those that failed
    queued_tasks: int  # tasks that wait for a worker pod, now
    queued_since: datetime | None  # when the oldest of them was queued
    import_errors: int  # DAG files that can't be imported


@dataclass(frozen=True, kw_only=True)
class Status:
    """The state of a stack at one moment."""

    stack: str
    context: str  # of the kubeconfig
    server: str  # the address of the API server
    kubernetes: str  # version
    namespace: str
    now: datetime
    release: Revision | None
    recovery: str  # how to clear up a release that is pending; empty if it is not
    components: Sequence[Component]
    troubles: Sequence[Trouble]
    airflow: Airflow | None
    airflow_error: str = ""  # why Airflow's API did not answer
    unhealthy: Sequence[str] = field(default=())  # parts of Airflow with their status

    @property
    def problems(self) -> list[str]:
        """Why the stack is not healthy, as texts; empty if it is.

        Failed DAG runs do not count: they concern the owners of the DAGs.
        """
        release = self.release
        return [
            *(["there is no release"] if release is None else []),
            *(
                [f"the release is {release.status}"]
                if release and release.status != "deployed"
                else []
            ),
            *(
                f"{component.name}: {component.ready} of {component.desired} ready"
                for component in self.components
                if not component.is_ready
            ),
            *(f"{trouble.kind} {trouble.name}: {trouble.message}" for trouble in self.troubles),
            *([f"Airflow does not answer: {self.airflow_error}"] if self.airflow_error else []),
            *self.unhealthy,
        ]


def components(state: ClusterState, namespace: str) -> Iterator[Component]:
    """The Deployments and StatefulSets of the namespace, by name."""
    found = [
        _component(workload, [pod for pod in state.of("Pod", namespace) if _selects(workload, pod)])
        for kind in ("Deployment", "StatefulSet")
        for workload in state.of(kind, namespace)
    ]
    yield from sorted(found, key=lambda component: component.name)


def database(cluster: Manifest, pods: Iterable[Manifest]) -> Component:
    """A Cluster of CloudNativePG, whose pods have no StatefulSet.
    https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/#clusterstatus"""
    name, status = cluster["metadata"]["name"], cluster.get("status", {})
    own = [pod for pod in pods if matches_labels({"cnpg.io/cluster": name}, pod)]
    return Component(
        kind="Cluster",
        name=name,
        images=[status["image"]] if status.get("image") else _images(own),
        ready=int(status.get("readyInstances", 0)),
        desired=int(cluster["spec"].get("instances", 1)),
        restarts=_restarts(own),
    )


def _component(workload: Manifest, pods: Sequence[Manifest]) -> Component:
    spec = workload["spec"]
    live = [pod for pod in pods if not is_over(pod)]
    return Component(
        kind=workload["kind"],
        name=workload["metadata"]["name"],
        images=_images(live) or [spec["template"]["spec"]["containers"][0]["image"]],
        ready=sum(condition(pod, "Ready") == "True" for pod in live),
        desired=int(spec.get("replicas", 1)),
        restarts=_restarts(live),
    )


def _selects(workload: Manifest, pod: Manifest) -> bool:
    return selects(workload["spec"]["selector"], pod["metadata"].get("labels") or {})


def _images(pods: Iterable[Manifest]) -> list[str]:
    return sorted({pod["spec"]["containers"][0]["image"] for pod in pods})


def _restarts(pods: Iterable[Manifest]) -> int:
    statuses = [
        status
        for pod in pods
        for key in ("initContainerStatuses", "containerStatuses")
        for status in pod.get("status", {}).get(key) or ()
    ]
    return sum(int(status.get("restartCount", 0)) for status in statuses)
