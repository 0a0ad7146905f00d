"""What is kept of pods that were looked at now and then."""

from dev.e2e.watcher import Life, Lives, looked, memory_of, together
from tests.dev.e2e.samples import ENDED, RUNNING, WAITING, life, pod, task_labels


def seen(*looks: list[dict[str, object]]) -> Life:
    """The one pod after looks at 1, 2, 3, …"""
    lives: Lives = {}
    for now, pods in enumerate(looks, 1):
        lives = looked(lives, pods, float(now))
    (only,) = lives.values()
    return only


def test_each_time_is_that_of_the_look_that_saw_it_first() -> None:
    found = seen(
        [pod()],
        [pod(node="n", states={"base": WAITING})],
        [pod(node="n", states={"base": RUNNING})],
        [pod(node="n", states={"base": RUNNING})],
        [pod(node="n", states={"base": ENDED})],
        [],
    )
    times = (found.created, found.scheduled, found.running, found.ended, found.gone)
    assert times == (1, 2, 3, 5, 6)


def test_a_pod_that_vanishes_while_it_runs_ended_then() -> None:
    found = seen([pod(node="n", states={"base": RUNNING})], [])
    assert (found.ended, found.gone) == (2, 2)


def test_a_pod_that_never_ran_did_not_end() -> None:
    assert seen([pod()], []).ended is None


def test_a_helper_beside_a_tasks_container_neither_starts_nor_ends_it() -> None:
    begins = seen([pod(states={"base": WAITING, "sidecar": RUNNING})])
    ends = seen([pod(states={"base": ENDED, "sidecar": RUNNING})])
    assert begins.running is None
    assert ends.ended == 1


def test_restarts_are_kept_after_the_pod_is_gone() -> None:
    last = {"terminated": {"reason": "Error", "exitCode": 137}}
    found = seen([pod(states={"base": RUNNING}, restarts=2, last=last)], [])
    assert (found.restarts, found.why) == (2, "Error 137")


def test_what_was_gone_stays_as_it_was() -> None:
    assert seen([pod()], [], []).gone == 2


def test_two_pods_of_one_task_at_the_same_time_are_found() -> None:
    one = life("one", labels=task_labels(), running=1.0, ended=5.0)
    other = life("other", labels=task_labels(), running=4.0, ended=9.0)
    assert together([other, one]) == [(one, other)]


def test_a_pod_that_is_still_there_counts_as_running() -> None:
    one = life("one", labels=task_labels(), running=1.0)
    other = life("other", labels=task_labels(), running=4.0)
    assert together([one, other]) == [(one, other)]


def test_one_after_the_other_is_fine() -> None:
    one = life("one", labels=task_labels(), running=1.0, ended=4.0)
    other = life("other", labels=task_labels(), running=4.0)
    assert together([one, other]) == []


def test_pods_of_other_runs_and_tasks_may_run_beside() -> None:
    pods = [
        life("one", labels=task_labels(), running=1.0),
        life("two", labels=task_labels(run="run-2"), running=1.0),
        life("three", labels=task_labels("light"), running=1.0),
        life("platform", running=1.0),
    ]
    assert together(pods) == []


def test_the_executors_pods_of_an_operators_task_are_errands() -> None:
    pods = [
        life("worker", labels=task_labels(operator=False), running=1.0),
        life("worker-again", labels=task_labels(operator=False), running=2.0),
        life("pod", labels=task_labels(), running=1.5),
    ]
    assert together(pods) == []


def test_the_executors_pods_do_the_work_where_there_are_no_others() -> None:
    pods = [
        life("worker", labels=task_labels(operator=False), running=1.0),
        life("worker-again", labels=task_labels(operator=False), running=2.0),
    ]
    assert len(together(pods)) == 1


def test_memory_is_told_by_namespace_and_pod() -> None:
    there = {"podRef": {"namespace": "a", "name": "b"}, "memory": {"workingSetBytes": 7}}
    just_born = {"podRef": {"namespace": "a", "name": "c"}}
    assert memory_of({"pods": [there, just_born]}) == {("a", "b"): 7}


def test_a_pod_succeeded_when_its_work_ended_with_0() -> None:
    for code, well in ((0, True), (1, False)):
        ended = pod(states={"base": {"terminated": {"exitCode": code}}})
        (found,) = looked({}, [ended], 1.0).values()
        assert found.succeeded is well
    (unfinished,) = looked({}, [pod(states={"base": RUNNING})], 1.0).values()
    assert not unfinished.succeeded
