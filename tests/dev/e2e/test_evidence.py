"""What is shown of a failure."""

from collections.abc import Mapping
from typing import Any, cast

from airflow_k8s.toolchain.command import CommandError
from dev.e2e.context import Bench
from dev.e2e.evidence import event_lines, evidence, struck, worth_reading


def container(name: str, **given: Any) -> dict[str, Any]:
    return {"name": name, "restartCount": 0, "ready": True, "state": {"running": {}}} | given


def pod(*containers: dict[str, Any], init: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    status = {"containerStatuses": [*containers], "initContainerStatuses": [*init]}
    return {"metadata": {"name": "pod"}, "status": status}


def test_secrets_are_struck_out() -> None:
    assert struck("key s3cret!", {"the API key": "s3cret", "none": ""}) == "key [the API key]!"


def test_where_secrets_cannot_be_read_no_log_is_shown() -> None:
    class Blind:
        def every_secret(self) -> Mapping[str, str]:
            raise CommandError("forbidden")

    ((title, words),) = evidence(cast(Bench, Blind()), ["airflow-e2e"])
    assert (title, words) == ("no logs", "what must be struck out of them can't be had: forbidden")


def test_events_that_are_no_routine_are_told_in_the_order_of_time() -> None:
    def event(at: str, **given: Any) -> dict[str, Any]:
        about = {"kind": "Pod", "name": "a"}
        metadata = {"creationTimestamp": f"2024-01-01T00:00:{at}Z"}
        return {"metadata": metadata, "involvedObject": about, "type": "Warning", **given}

    lines = event_lines(
        [
            event("09", reason="BackOff", message="again\n", count=3),
            event("01", reason="FailedScheduling", message="no node"),
            event("05", reason="Pulled", type="Normal"),
        ]
    )
    assert lines == ["Pod a: FailedScheduling (1): no node", "Pod a: BackOff (3): again"]


def test_a_container_that_is_well_has_nothing_to_explain() -> None:
    done = container("init", ready=False, state={"terminated": {"exitCode": 0}})
    assert worth_reading([pod(container("a"), init=(done,))]) == []


def test_of_a_container_that_was_restarted_what_came_before_is_read() -> None:
    assert worth_reading([pod(container("a", restartCount=1))]) == [("pod", "a", True)]


def test_a_container_that_is_not_ready_or_failed_is_read() -> None:
    failed = container("b", ready=False, state={"terminated": {"exitCode": 1}})
    found = worth_reading([pod(container("a", ready=False), failed)])
    assert found == [("pod", "a", False), ("pod", "b", False)]


def test_one_that_waits_has_no_log_yet() -> None:
    assert worth_reading([pod(container("a", ready=False, state={"waiting": {}}))]) == []
