"""Reading a cluster again and again: the idle time, and failures."""

import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.poller import Poller


class FakeCluster:
    """Holds one pod; reading it takes `takes` seconds."""

    def __init__(self, takes: float) -> None:
        self.phase = "Pending"
        self.takes = takes
        self.fails = False

    def list(self, _version: str, kind: str, _namespace: str, *, fields: str) -> Iterator[Any]:
        del fields
        if self.fails:
            raise OSError("connection refused")
        if kind == "Pod":
            time.sleep(self.takes)
            metadata = {"name": "p", "namespace": "n", "uid": "u", "resourceVersion": self.phase}
            yield {
                "kind": kind,
                "metadata": metadata,
                "spec": {},
                "status": {"phase": self.phase},
            }


@pytest.fixture
def make_poller() -> Callable[[float], tuple[Poller, FakeCluster]]:
    def made(takes: float) -> tuple[Poller, FakeCluster]:
        cluster = FakeCluster(takes)
        poller = Poller(cast(Cluster, cluster), {"Pod": "v1"}, seconds=0)
        poller.add_namespace("n")
        return poller, cluster

    return made


MakePoller = Callable[[float], tuple[Poller, FakeCluster]]


def test_a_poller_is_idle_until_a_pod_changes(make_poller: MakePoller) -> None:
    poller, cluster = make_poller(0)
    with poller.running():
        for _ in range(3):
            poller.next_state()
        assert poller.idle_seconds > 0.3
        cluster.phase = "Running"
        poller.next_state()
        assert poller.idle_seconds < 0.3


def test_slow_polls_count_as_polls_of_usual_duration(make_poller: MakePoller) -> None:
    poller, _ = make_poller(0.9)
    begun = time.monotonic()
    with poller.running():
        for _ in range(2):
            poller.next_state()
    passed = time.monotonic() - begun
    assert passed > 1.8
    assert poller.idle_seconds < passed * 0.7, "a slow poll counts as half a second"


def test_reset_idle_starts_the_idle_time_at_zero(make_poller: MakePoller) -> None:
    poller, _ = make_poller(0)
    with poller.running():
        for _ in range(3):
            poller.next_state()
        poller.reset_idle()
        assert poller.idle_seconds < 0.3


def test_next_state_raises_the_error_that_ended_the_polling(make_poller: MakePoller) -> None:
    poller, cluster = make_poller(0)
    with poller.running():
        poller.next_state()
        cluster.fails = True
        with pytest.raises(OSError, match="connection refused"):
            poller.next_state()
