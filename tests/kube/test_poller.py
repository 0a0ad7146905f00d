"""How long nothing moved, and what is told to who waits for a look."""

import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.poller import Observer


class FakeCluster:
    """Holds one pod; each look at it takes a while."""

    def __init__(self, takes: float) -> None:
        self.phase = "Pending"
        self.takes = takes
        self.fails = False

    def list(self, _version: str, kind: str, _namespace: str, *, fields: str) -> Iterator[Any]:
        del fields
        if self.fails:
            raise OSError("nobody answers")
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
def observe() -> Callable[[float], tuple[Observer, FakeCluster]]:
    def made(takes: float) -> tuple[Observer, FakeCluster]:
        cluster = FakeCluster(takes)
        observer = Observer(cast(Cluster, cluster), {"Pod": "v1"}, seconds=0)
        observer.watch("n")
        return observer, cluster

    return made


Observe = Callable[[float], tuple[Observer, FakeCluster]]


def test_nothing_moves_until_something_does(observe: Observe) -> None:
    observer, cluster = observe(0)
    with observer.running():
        for _ in range(3):
            observer.next()
        assert observer.idle > 0.3
        cluster.phase = "Running"
        observer.next()
        assert observer.idle < 0.3


def test_on_a_busy_machine_patience_lasts_longer(observe: Observe) -> None:
    observer, _ = observe(0.9)
    begun = time.monotonic()
    with observer.running():
        for _ in range(2):
            observer.next()
    passed = time.monotonic() - begun
    assert passed > 1.8
    assert observer.idle < passed * 0.7, "each look counts as one of half a second"


def test_what_was_just_done_counts_as_a_move(observe: Observe) -> None:
    observer, _ = observe(0)
    with observer.running():
        for _ in range(3):
            observer.next()
        observer.moved()
        assert observer.idle < 0.3


def test_who_waits_for_a_look_hears_why_there_is_none(observe: Observe) -> None:
    observer, cluster = observe(0)
    with observer.running():
        observer.next()
        cluster.fails = True
        with pytest.raises(OSError, match="nobody answers"):
            observer.next()
