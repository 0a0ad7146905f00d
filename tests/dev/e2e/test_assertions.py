"""The checks of what was observed."""

from typing import Any

import pytest

from dev.e2e import assertions
from dev.e2e.errors import CheckError, fail_if_any
from tests.dev.e2e.samples import record, task_labels, task_try


def test_a_task_that_fails_and_then_succeeds_is_no_problem() -> None:
    tries = [task_try("a", 1, "failed"), task_try("a", 2, "success"), task_try("b", 1, "success")]
    assert assertions.not_one_success(tries) == []


def test_a_task_that_succeeds_twice_is_a_problem() -> None:
    tries = [task_try("a", 1, "success"), task_try("a", 2, "success")]
    assert assertions.not_one_success(tries) == ["a succeeded in 2 of its tries: success, success"]


def test_a_task_that_never_succeeds_is_a_problem() -> None:
    (problem,) = assertions.not_one_success([task_try("a", 1, "failed")])
    assert problem.startswith("a succeeded in 0")


def test_a_second_try_is_a_problem_if_the_first_one_should_succeed() -> None:
    tries = [task_try("a", 1, "failed"), task_try("a", 2, "success"), task_try("b", 1, "success")]
    assert assertions.not_first_try(tries) == [
        "a needed try 1 (failed)",
        "a needed try 2 (success)",
    ]


def test_a_task_prints_the_same_fingerprint_as_the_check_computes() -> None:
    assert assertions.fingerprint("abc") == "ba7816bf8f01"
    log = "INFO API_KEY sha256 ba7816bf8f01\nmore"
    assert assertions.printed_fingerprint(log) == assertions.fingerprint("abc")


@pytest.mark.parametrize("log", ["", "API_KEY sha256 short", "API_KEY is set"])
def test_a_log_without_a_fingerprint_has_an_empty_one(log: str) -> None:
    assert assertions.printed_fingerprint(log) == ""


def test_a_secret_in_a_log_is_reported_by_its_label() -> None:
    secrets = {"the API key": "s3cret", "an empty secret": ""}
    assert assertions.leaked_secrets("it was s3cret", secrets) == ["the API key"]
    assert assertions.leaked_secrets("it was secret", secrets) == []


@pytest.mark.parametrize(
    ("url", "login"),
    [("postgresql://a:b@host:5432/c", "a:b@"), ("postgresql://host/c", "")],
)
def test_the_login_in_a_url_is_the_part_before_the_host(url: str, login: str) -> None:
    assert assertions.login_in(url) == login


def test_only_restarts_after_the_first_count_are_a_problem() -> None:
    pods = [record("one", restarts=1, restart_reason="Error 137"), record("two", restarts=3)]
    assert assertions.restarted_pods(pods, {"two": 3}) == [
        "a container of one was restarted (Error 137)"
    ]


def test_resources_are_compared_as_amounts() -> None:
    expected = {"requests": {"cpu": "1000m", "memory": "1Gi"}}
    same = {"requests": {"cpu": "1", "memory": "1024Mi"}}
    assert assertions.resource_differences(expected, same) == []
    (problem,) = assertions.resource_differences(expected, {"requests": {"cpu": "1"}})
    assert problem.startswith("requests.memory is None")


@pytest.mark.parametrize(
    "manifest",
    [
        {"metadata": {"annotations": {"meta.helm.sh/release-namespace": "mine"}}},
        {"metadata": {}, "spec": {"claimRef": {"namespace": "mine"}}},
        {"metadata": {}, "subjects": [{"name": "a"}, {"name": "b", "namespace": "mine"}]},
    ],
)
def test_an_object_outside_a_namespace_can_belong_to_it(manifest: Any) -> None:
    assert assertions.belongs_to(manifest, "mine")
    assert not assertions.belongs_to(manifest, "yours")


def test_the_time_of_an_event_is_when_it_was_last_reported() -> None:
    metadata = {"creationTimestamp": "2024-01-01T00:00:00Z"}
    assert assertions.event_time({"metadata": metadata}) == 1704067200
    later = {"metadata": metadata, "lastTimestamp": "2024-01-01T00:00:05Z", "eventTime": None}
    assert assertions.event_time(later) == 1704067205


def test_an_error_lists_all_problems() -> None:
    fail_if_any([], "nothing")
    with pytest.raises(CheckError, match="it:\n  - a\n  - b"):
        fail_if_any(["a", "b"], "it")


def test_a_task_that_two_pods_completed_one_after_the_other_is_a_problem() -> None:
    fields: dict[str, Any] = {"labels": task_labels(), "started": 0.0, "ended": 9.0}
    later = fields | {"started": 48.0, "ended": 60.0}
    first = record("one", succeeded=True, **fields)
    second = record("two", succeeded=True, **later)
    killed = record("two", succeeded=False, **later)
    assert assertions.duplicate_work([first, second]) == [
        "one and two all completed dag run-1 heavy"
    ]
    assert assertions.duplicate_work([first, killed]) == []
