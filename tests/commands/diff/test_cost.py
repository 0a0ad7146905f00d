"""What a stack requests, and what that costs in a month."""

import json
from fractions import Fraction

import pytest

from airflow_k8s.commands.diff.cost import Amount, footprint, monthly
from airflow_k8s.rendering.manifests import CHART, TASK, TASK_POD, Object
from airflow_k8s.stack.settings.cluster import Prices
from tests.commands.diff.samples import claim, deployment, made

GIB = 1024**3


def resources(cpu: str, memory: str, *, limit: str = "8Gi") -> dict[str, object]:
    requests = {"cpu": cpu, "memory": memory}
    return {"resources": {"requests": requests, "limits": {"memory": limit}}}


FACTS = made(
    "ConfigMap",
    "airflow-dag-facts",
    data={
        "facts.json": json.dumps(
            {
                "sizes": {
                    "light": {
                        "requests": {"cpu": "250m", "memory": "512Mi"},
                        "limits": {"memory": "1Gi"},
                    },
                    "heavy": {
                        "requests": {"cpu": "2", "memory": "4Gi"},
                        "limits": {"cpu": "4", "memory": "8Gi"},
                    },
                }
            }
        )
    },
)
CONFIG = made(
    "ConfigMap", "airflow-config", origin=CHART, data={"airflow.cfg": "[core]\nparallelism = 16\n"}
)
WORKER = Object(
    "airflow",
    TASK_POD,
    TASK,
    made(
        "Pod",
        "placeholder",
        spec={"containers": [{"name": "base", "image": "a", **resources("500m", "1Gi")}]},
    ).manifest,
)


def test_every_replica_counts() -> None:
    found = footprint([deployment(replicas=3, container=resources("500m", "1Gi", limit="2Gi"))])
    assert found.idle == Amount(
        cpu=Fraction(3, 2), memory=Fraction(3 * GIB), memory_limit=Fraction(6 * GIB)
    )
    assert found.pods == {"scheduler": 3}


def test_an_init_container_counts_if_it_requests_more_than_the_containers_after_it() -> None:
    init = {"name": "wait", "image": "w", **resources("2", "1Gi")}
    found = footprint([deployment(container=resources("1", "2Gi"), initContainers=[init])])
    assert (found.idle.cpu, found.idle.memory) == (2, 2 * GIB)


def test_jobs_and_task_pods_are_not_part_of_the_idle_footprint() -> None:
    pod = {"spec": {"containers": [{"name": "a", "image": "i", **resources("1", "1Gi")}]}}
    job = made("Job", "j", spec={"template": pod})
    cron = made("CronJob", "c", spec={"jobTemplate": {"spec": {"template": pod}}})
    assert footprint([job, cron, WORKER]).idle == Amount()


def test_claims_and_the_volumes_of_every_database_instance_count() -> None:
    cluster = made(
        "Cluster",
        "db",
        spec={
            "instances": 3,
            "imageName": "pg",
            "storage": {"size": "20Gi"},
            "bootstrap": {"initdb": {"secret": {"name": "s"}}},
            "resources": {},
        },
    )
    assert footprint([claim(size="10Gi"), cluster]).idle.storage == 70 * GIB


def test_a_task_counts_as_its_worker_pod_and_the_largest_pod_that_it_may_start() -> None:
    task = footprint([FACTS, WORKER]).task
    assert (task.cpu, task.memory) == (Fraction(5, 2), 5 * GIB)


def test_parallelism_counts_for_each_scheduler() -> None:
    assert footprint([CONFIG, deployment(replicas=2)]).max_tasks == 32


def test_tasks_hold_at_most_the_gpus_that_the_quota_admits() -> None:
    quota = made("ResourceQuota", "q", spec={"hard": {"requests.nvidia.com/gpu": "2"}})
    found = footprint([quota])
    assert [found.running(tasks).gpus for tasks in (0, 1, 5)] == [0, 1, 2]


def test_a_revision_without_published_task_sizes_has_worker_pods_only() -> None:
    found = footprint([WORKER])
    assert found.task.cpu == Fraction(1, 2)
    assert not found.task_sizes_known


@pytest.mark.parametrize(
    ("amount", "price"),
    [
        (Amount(cpu=Fraction(2)), 2 * 730 * 0.5),
        (Amount(memory=Fraction(4 * GIB)), 4 * 730 * 0.25),
        (Amount(gpus=Fraction(1)), 730 * 2),
        (Amount(storage=Fraction(100 * GIB)), 10),
    ],
)
def test_a_month_has_730_hours_and_volumes_are_paid_by_the_month(
    amount: Amount, price: float
) -> None:
    prices = Prices(vcpu_hour=0.5, gib_hour=0.25, gpu_hour=2.0, gib_month=0.1)
    assert monthly(amount, prices) == Fraction(str(price))
