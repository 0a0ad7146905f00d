"""The records of pods after repeated polls."""

from dev.e2e.pod_records import (
    PodRecord,
    PodRecords,
    memory_usage,
    overlapping_pods,
    updated_records,
)
from tests.dev.e2e.samples import ENDED, RUNNING, WAITING, pod, record, task_labels


def polled(*polls: list[dict[str, object]]) -> PodRecord:
    """The record of the only pod after polls at the times 1, 2, 3, …"""
    records: PodRecords = {}
    for now, pods in enumerate(polls, 1):
        records = updated_records(records, pods, float(now))
    (only,) = records.values()
    return only


def test_a_time_is_that_of_the_first_poll_that_saw_the_state() -> None:
    found = polled(
        [pod()],
        [pod(node="n", states={"base": WAITING})],
        [pod(node="n", states={"base": RUNNING})],
        [pod(node="n", states={"base": RUNNING})],
        [pod(node="n", states={"base": ENDED})],
        [],
    )
    times = (found.created, found.scheduled, found.started, found.ended, found.deleted)
    assert times == (1, 2, 3, 5, 6)


def test_a_running_pod_that_disappears_ended_at_that_poll() -> None:
    found = polled([pod(node="n", states={"base": RUNNING})], [])
    assert (found.ended, found.deleted) == (2, 2)


def test_a_pod_that_never_started_has_no_end() -> None:
    assert polled([pod()], []).ended is None


def test_a_sidecar_of_a_task_neither_starts_nor_ends_the_pod() -> None:
    begins = polled([pod(states={"base": WAITING, "sidecar": RUNNING})])
    ends = polled([pod(states={"base": ENDED, "sidecar": RUNNING})])
    assert begins.started is None
    assert ends.ended == 1


def test_restarts_are_kept_after_the_pod_is_deleted() -> None:
    last = {"terminated": {"reason": "Error", "exitCode": 137}}
    found = polled([pod(states={"base": RUNNING}, restarts=2, last=last)], [])
    assert (found.restarts, found.restart_reason) == (2, "Error 137")


def test_the_time_of_deletion_does_not_change_at_later_polls() -> None:
    assert polled([pod()], [], []).deleted == 2


def test_two_pods_of_a_task_at_the_same_time_overlap() -> None:
    one = record("one", labels=task_labels(), started=1.0, ended=5.0)
    other = record("other", labels=task_labels(), started=4.0, ended=9.0)
    assert overlapping_pods([other, one]) == [(one, other)]


def test_a_pod_without_an_end_overlaps_a_later_pod() -> None:
    one = record("one", labels=task_labels(), started=1.0)
    other = record("other", labels=task_labels(), started=4.0)
    assert overlapping_pods([one, other]) == [(one, other)]


def test_two_pods_of_a_task_one_after_the_other_do_not_overlap() -> None:
    one = record("one", labels=task_labels(), started=1.0, ended=4.0)
    other = record("other", labels=task_labels(), started=4.0)
    assert overlapping_pods([one, other]) == []


def test_pods_of_different_tasks_or_runs_do_not_overlap() -> None:
    pods = [
        record("one", labels=task_labels(), started=1.0),
        record("two", labels=task_labels(run="run-2"), started=1.0),
        record("three", labels=task_labels("light"), started=1.0),
        record("platform", started=1.0),
    ]
    assert overlapping_pods(pods) == []


def test_the_executors_pods_of_an_operator_task_do_not_overlap_the_operators_pod() -> None:
    pods = [
        record("worker", labels=task_labels(operator=False), started=1.0),
        record("worker-again", labels=task_labels(operator=False), started=2.0),
        record("pod", labels=task_labels(), started=1.5),
    ]
    assert overlapping_pods(pods) == []


def test_two_pods_of_the_executor_overlap_if_the_task_has_no_operator_pod() -> None:
    pods = [
        record("worker", labels=task_labels(operator=False), started=1.0),
        record("worker-again", labels=task_labels(operator=False), started=2.0),
    ]
    assert len(overlapping_pods(pods)) == 1


def test_memory_usage_is_by_namespace_and_pod() -> None:
    running = {"podRef": {"namespace": "a", "name": "b"}, "memory": {"workingSetBytes": 7}}
    starting = {"podRef": {"namespace": "a", "name": "c"}}
    assert memory_usage({"pods": [running, starting]}) == {("a", "b"): 7}


def test_a_pod_succeeded_if_its_work_ended_with_exit_code_0() -> None:
    for code, well in ((0, True), (1, False)):
        ended = pod(states={"base": {"terminated": {"exitCode": code}}})
        (found,) = updated_records({}, [ended], 1.0).values()
        assert found.succeeded is well
    (unfinished,) = updated_records({}, [pod(states={"base": RUNNING})], 1.0).values()
    assert not unfinished.succeeded
