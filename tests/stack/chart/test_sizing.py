"""The requests of a stack, compared with sums that were added up by hand."""

from fractions import Fraction

from airflow_k8s.stack.chart import sizing
from tests.conftest import settings_of

MI = 1024**2


def test_the_idle_requests_of_dev_fit_a_laptop() -> None:
    idle = sizing.idle(settings_of("dev"))
    assert idle.cpu <= Fraction(3, 2)
    assert idle.memory <= 4096 * MI


def test_the_idle_requests_of_dev() -> None:
    idle = sizing.idle(settings_of("dev"))
    # API server, scheduler and groomer, DAG processor and git-sync, triggerer and git-sync,
    # statsd, database
    assert idle.cpu * 1000 == 250 + 310 + 225 + 175 + 25 + 200
    assert idle.memory / MI == 640 + 800 + 576 + 576 + 32 + 384


def test_the_quota_of_dev_has_room_for_idle_pods_a_rolling_update_and_tasks() -> None:
    jobs = 4 * 100
    tasks = 4 * (100 + 500)
    cpu = 1185 + 1185 + jobs + tasks
    assert sizing.quota(settings_of("dev"))["requests.cpu"] == f"{cpu}m"


def test_every_replica_counts_and_a_rolling_update_adds_one_pod_of_every_component() -> None:
    dev, prod = sizing.pods(settings_of("dev")), sizing.pods(settings_of("prod"))
    assert {name: count for name, (count, _) in dev.items()} == {
        "api-server": 1,
        "scheduler": 1,
        "dag-processor": 1,
        "triggerer": 1,
        "statsd": 1,
        "database": 1,
    }
    assert {name: count for name, (count, _) in prod.items()} == {
        "api-server": 2,
        "scheduler": 2,
        "dag-processor": 1,
        "triggerer": 2,
        "statsd": 1,
        "database": 3,
    }
    surge = sizing.surge(settings_of("dev"))
    assert surge.memory == sizing.idle(settings_of("dev")).memory + 4 * 512 * MI


def test_the_quota_refuses_gpus_on_a_stack_without_gpu_nodes() -> None:
    assert sizing.quota(settings_of("dev"))["requests.nvidia.com/gpu"] == "0"
    assert sizing.quota(settings_of("prod"))["requests.nvidia.com/gpu"] == "2"


def test_an_external_database_requests_nothing() -> None:
    secrets = {"metadata": {"existing": "m"}}
    s = settings_of("dev", database={"mode": "external"}, secrets=secrets)
    assert "database" not in sizing.pods(s)
