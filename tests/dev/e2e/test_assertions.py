"""What counts as right and as wrong."""

from typing import Any

import pytest

from dev.e2e import assertions
from dev.e2e.errors import CheckError, none_of
from tests.dev.e2e.samples import life, task_labels, tried


def test_a_task_that_failed_before_it_succeeded_is_fine() -> None:
    tries = [tried("a", 1, "failed"), tried("a", 2, "success"), tried("b", 1, "success")]
    assert assertions.succeeded_once(tries) == []


def test_a_task_that_succeeded_twice_is_not() -> None:
    tries = [tried("a", 1, "success"), tried("a", 2, "success")]
    assert assertions.succeeded_once(tries) == ["a succeeded in 2 of its tries: success, success"]


def test_nor_is_one_that_never_did() -> None:
    (complaint,) = assertions.succeeded_once([tried("a", 1, "failed")])
    assert complaint.startswith("a succeeded in 0")


def test_another_try_is_told_where_the_first_was_to_do() -> None:
    tries = [tried("a", 1, "failed"), tried("a", 2, "success"), tried("b", 1, "success")]
    assert assertions.at_first(tries) == ["a needed try 1 (failed)", "a needed try 2 (success)"]


def test_the_fingerprint_is_the_one_that_tasks_print() -> None:
    assert assertions.fingerprint("abc") == "ba7816bf8f01"
    log = "INFO API_KEY sha256 ba7816bf8f01\nmore"
    assert assertions.printed_fingerprint(log) == assertions.fingerprint("abc")


@pytest.mark.parametrize("log", ["", "API_KEY sha256 short", "API_KEY is set"])
def test_a_log_without_a_fingerprint_has_none(log: str) -> None:
    assert assertions.printed_fingerprint(log) == ""


def test_a_secret_in_a_log_is_found_by_what_it_is_called() -> None:
    secrets = {"the API key": "s3cret", "nothing": ""}
    assert assertions.leaks("it was s3cret", secrets) == ["the API key"]
    assert assertions.leaks("it was secret", secrets) == []


@pytest.mark.parametrize(
    ("url", "login"),
    [("postgresql://a:b@host:5432/c", "a:b@"), ("postgresql://host/c", "")],
)
def test_the_login_is_what_stands_before_the_host(url: str, login: str) -> None:
    assert assertions.login_in(url) == login


def test_only_new_restarts_count() -> None:
    lives = [life("one", restarts=1, why="Error 137"), life("two", restarts=3)]
    assert assertions.restarted(lives, {"two": 3}) == [
        "a container of one was restarted (Error 137)"
    ]


def test_a_part_of_airflow_that_is_missing_is_unhealthy() -> None:
    health = {"scheduler": "healthy", "triggerer": "unhealthy"}
    parts = ("scheduler", "triggerer", "dag_processor")
    assert assertions.unhealthy(health, parts) == ["triggerer: unhealthy", "dag_processor: missing"]


def test_resources_are_compared_as_amounts() -> None:
    asked = {"requests": {"cpu": "1000m", "memory": "1Gi"}}
    assert assertions.other_resources(asked, {"requests": {"cpu": "1", "memory": "1024Mi"}}) == []
    (complaint,) = assertions.other_resources(asked, {"requests": {"cpu": "1"}})
    assert complaint.startswith("requests.memory is None")


@pytest.mark.parametrize(
    "found",
    [
        {"metadata": {"annotations": {"meta.helm.sh/release-namespace": "mine"}}},
        {"metadata": {}, "spec": {"claimRef": {"namespace": "mine"}}},
        {"metadata": {}, "subjects": [{"name": "a"}, {"name": "b", "namespace": "mine"}]},
    ],
)
def test_what_belonged_to_the_namespace_is_told_from_the_rest(found: Any) -> None:
    assert assertions.mentions(found, "mine")
    assert not assertions.mentions(found, "yours")


def test_the_last_time_of_an_event_counts() -> None:
    metadata = {"creationTimestamp": "2024-01-01T00:00:00Z"}
    assert assertions.when({"metadata": metadata}) == 1704067200
    later = {"metadata": metadata, "lastTimestamp": "2024-01-01T00:00:05Z", "eventTime": None}
    assert assertions.when(later) == 1704067205


def test_all_complaints_are_told_at_once() -> None:
    none_of([], "nothing")
    with pytest.raises(CheckError, match="it:\n  - a\n  - b"):
        none_of(["a", "b"], "it")


def test_work_that_was_done_to_its_end_twice_is_told_although_nothing_overlapped() -> None:
    done: dict[str, Any] = {"labels": task_labels(), "running": 0.0, "ended": 9.0}
    first = life("one", succeeded=True, **done)
    again = life("two", succeeded=True, **done | {"running": 48.0, "ended": 60.0})
    killed = life("two", succeeded=False, **done | {"running": 48.0, "ended": 60.0})
    assert assertions.done_twice([first, again]) == [
        "one and two all did dag run-1 heavy to its end"
    ]
    assert assertions.done_twice([first, killed]) == []
