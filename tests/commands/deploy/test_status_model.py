"""The components in a status, and when a stack is healthy."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.commands.deploy.status_model import (
    Airflow,
    Component,
    Status,
    components,
    database,
)
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason
from airflow_k8s.kube.state import ClusterState

NAMESPACE = "airflow"


def workload(kind: str, name: str, *, replicas: int = 1, image: str = "airflow:2") -> Any:
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"part": name}},
            "template": {"spec": {"containers": [{"name": "main", "image": image}]}},
        },
    }


def pod(name: str, part: str, *, ready: bool = True, image: str = "airflow:2", **more: Any) -> Any:
    status: dict[str, Any] = {"conditions": [{"type": "Ready", "status": str(ready)}]}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"part": part}},
        "spec": {"containers": [{"name": "main", "image": image}, {"name": "b", "image": "x"}]},
        "status": status | more,
    }


def only(*objects: Any) -> Component:
    (found,) = components(ClusterState(objects), NAMESPACE)
    return found


def test_a_component_has_the_number_of_ready_and_of_desired_pods() -> None:
    found = only(
        workload("Deployment", "scheduler", replicas=2),
        pod("one", "scheduler"),
        pod("two", "scheduler", ready=False),
        pod("stranger", "triggerer"),
    )
    assert (found.ready, found.desired, found.is_ready) == (1, 2, False)
    assert found.images == ["airflow:2"]


def test_a_component_has_two_images_during_a_rollout() -> None:
    found = only(
        workload("Deployment", "scheduler"),
        pod("new", "scheduler", ready=False),
        pod("old", "scheduler", image="airflow:1"),
    )
    assert found.images == ["airflow:1", "airflow:2"]


def test_a_component_without_pods_has_the_image_of_its_template() -> None:
    found = only(workload("StatefulSet", "database", image="postgres:17"))
    assert (found.images, found.ready) == (["postgres:17"], 0)


def test_the_restarts_of_all_containers_of_all_pods_are_added() -> None:
    found = only(
        workload("Deployment", "scheduler"),
        pod(
            "one",
            "scheduler",
            initContainerStatuses=[{"restartCount": 1}],
            containerStatuses=[{"restartCount": 2}, {"restartCount": 3}],
        ),
    )
    assert found.restarts == 6


def test_the_pods_of_a_workload_match_the_expressions_of_its_selector() -> None:
    scheduler = workload("Deployment", "scheduler")
    scheduler["spec"]["selector"]["matchExpressions"] = [
        {"key": "track", "operator": "DoesNotExist"}
    ]
    canary = pod("canary", "scheduler", image="airflow:9")
    canary["metadata"]["labels"]["track"] = "canary"
    found = only(scheduler, canary, pod("one", "scheduler"))
    assert (found.ready, found.images) == (1, ["airflow:2"])


def test_pods_that_ended_do_not_count() -> None:
    ended = pod("old", "scheduler", image="airflow:1", phase="Failed")
    found = only(workload("Deployment", "scheduler"), ended, pod("one", "scheduler"))
    assert (found.ready, found.images) == (1, ["airflow:2"])


def test_components_are_sorted_by_name() -> None:
    state = ClusterState([workload("StatefulSet", "b"), workload("Deployment", "a")])
    assert [component.name for component in components(state, NAMESPACE)] == ["a", "b"]


def test_the_database_of_an_operator_is_a_component() -> None:
    cluster = {
        "metadata": {"name": "airflow-postgresql"},
        "spec": {"instances": 3},
        "status": {"readyInstances": 2, "image": "ghcr.io/cloudnative-pg/postgresql:17"},
    }
    instance = pod("db-1", "", containerStatuses=[{"restartCount": 4}])
    instance["metadata"]["labels"] = {"cnpg.io/cluster": "airflow-postgresql"}
    found = database(cluster, [instance, pod("other", "scheduler")])
    assert (found.ready, found.desired, found.restarts) == (2, 3, 4)
    assert found.images == ["ghcr.io/cloudnative-pg/postgresql:17"]


AIRFLOW = Airflow(
    version="3.2.2",
    health={"scheduler": "healthy"},
    succeeded=3,
    failed=1,
    running=0,
    queued=0,
    failures=(),
    queued_tasks=0,
    queued_since=None,
    import_errors=0,
)
HEALTHY = Status(
    stack="dev",
    context="kind-airflow",
    server="https://127.0.0.1:6443",
    kubernetes="1.34.4",
    namespace=NAMESPACE,
    now=datetime(2026, 11, 26, 12, tzinfo=UTC),
    release=Revision(number=3, status="deployed"),
    recovery="",
    components=[
        Component(kind="Deployment", name="a", images=["i:1"], ready=1, desired=1, restarts=2),
    ],
    troubles=(),
    airflow=AIRFLOW,
)


def test_failed_runs_and_restarts_are_no_problems() -> None:
    assert HEALTHY.problems == []


def test_every_problem_is_listed() -> None:
    sick = replace(
        HEALTHY,
        release=Revision(number=4, status="pending-upgrade"),
        components=[replace(HEALTHY.components[0], ready=0)],
        troubles=[Trouble(kind="Pod", name="a-1", reason=Reason.OTHER, message="no node")],
        airflow=None,
        airflow_error="the API is away",
        unhealthy=["scheduler: unhealthy"],
    )
    assert sick.problems == [
        "the release is pending-upgrade",
        "a: 0 of 1 ready",
        "Pod a-1: no node",
        "Airflow does not answer: the API is away",
        "scheduler: unhealthy",
    ]
    assert replace(HEALTHY, release=None).problems == ["there is no release"]
