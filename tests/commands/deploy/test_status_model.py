"""What a status sees of the workloads, and when it calls a stack healthy."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.commands.deploy.status_model import Airflow, Part, Status, database, parts
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


def only(*objects: Any) -> Part:
    (found,) = parts(ClusterState(objects), NAMESPACE)
    return found


def test_a_part_is_told_with_its_ready_pods_of_those_that_are_wanted() -> None:
    found = only(
        workload("Deployment", "scheduler", replicas=2),
        pod("one", "scheduler"),
        pod("two", "scheduler", ready=False),
        pod("stranger", "triggerer"),
    )
    assert (found.ready, found.wanted, found.well) == (1, 2, False)
    assert found.images == ["airflow:2"]


def test_while_it_rolls_out_a_part_has_two_images() -> None:
    found = only(
        workload("Deployment", "scheduler"),
        pod("new", "scheduler", ready=False),
        pod("old", "scheduler", image="airflow:1"),
    )
    assert found.images == ["airflow:1", "airflow:2"]


def test_a_part_without_pods_has_the_image_that_it_would_have() -> None:
    found = only(workload("StatefulSet", "database", image="postgres:17"))
    assert (found.images, found.ready) == (["postgres:17"], 0)


def test_restarts_are_those_of_all_containers_of_all_pods() -> None:
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


def test_pods_that_have_ended_do_not_count() -> None:
    ended = pod("old", "scheduler", image="airflow:1", phase="Failed")
    found = only(workload("Deployment", "scheduler"), ended, pod("one", "scheduler"))
    assert (found.ready, found.images) == (1, ["airflow:2"])


def test_parts_are_told_by_name() -> None:
    world = ClusterState([workload("StatefulSet", "b"), workload("Deployment", "a")])
    assert [part.name for part in parts(world, NAMESPACE)] == ["a", "b"]


def test_an_operators_database_is_a_part_too() -> None:
    cluster = {
        "metadata": {"name": "airflow-postgresql"},
        "spec": {"instances": 3},
        "status": {"readyInstances": 2, "image": "ghcr.io/cloudnative-pg/postgresql:17"},
    }
    instance = pod("db-1", "", containerStatuses=[{"restartCount": 4}])
    instance["metadata"]["labels"] = {"cnpg.io/cluster": "airflow-postgresql"}
    found = database(cluster, [instance, pod("other", "scheduler")])
    assert (found.ready, found.wanted, found.restarts) == (2, 3, 4)
    assert found.images == ["ghcr.io/cloudnative-pg/postgresql:17"]


AIRFLOW = Airflow(
    version="3.2.2",
    health={"scheduler": "healthy"},
    succeeded=3,
    failed=1,
    running=0,
    waiting=0,
    failures=(),
    queued_tasks=0,
    oldest=None,
    unreadable=0,
)
WELL = Status(
    stack="dev",
    context="kind-airflow",
    server="https://127.0.0.1:6443",
    kubernetes="1.34.4",
    namespace=NAMESPACE,
    now=datetime(2026, 11, 26, 12, tzinfo=UTC),
    release=Revision(number=3, status="deployed"),
    way_out="",
    parts=[
        Part(kind="Deployment", name="a", images=["i:1"], ready=1, wanted=1, restarts=2),
    ],
    troubles=(),
    airflow=AIRFLOW,
)


def test_a_stack_is_healthy_though_runs_failed_and_containers_were_restarted() -> None:
    assert WELL.wrong == []


def test_all_that_is_wrong_is_told() -> None:
    sick = replace(
        WELL,
        release=Revision(number=4, status="pending-upgrade"),
        parts=[replace(WELL.parts[0], ready=0)],
        troubles=[Trouble(kind="Pod", name="a-1", reason=Reason.UNSCHEDULABLE, message="no node")],
        airflow=None,
        unknown="Airflow's API is away",
        unhealthy=["scheduler: unhealthy"],
    )
    assert sick.wrong == [
        "the release is pending-upgrade",
        "a: 0 of 1 ready",
        "Pod a-1: no node",
        "Airflow can't be asked: Airflow's API is away",
        "scheduler: unhealthy",
    ]
    assert replace(WELL, release=None).wrong == ["no release is there"]
