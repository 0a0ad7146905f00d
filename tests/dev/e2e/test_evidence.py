"""The evidence that explains a failure."""

from collections.abc import Mapping
from typing import Any, cast

from airflow_k8s.toolchain.command import CommandError
from dev.e2e.context import Context
from dev.e2e.evidence import LogTarget, event_lines, evidence, log_targets, redacted


def container(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "restartCount": 0, "ready": True, "state": {"running": {}}} | fields


def pod(*containers: dict[str, Any], init: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    status = {"containerStatuses": [*containers], "initContainerStatuses": [*init]}
    return {"metadata": {"name": "pod"}, "status": status}


def test_secrets_are_redacted() -> None:
    assert (
        redacted("key s3cret!", {"the API key": "s3cret", "an empty secret": ""})
        == "key [the API key]!"
    )


def test_no_log_is_shown_if_the_secrets_to_redact_are_unknown() -> None:
    class ContextWithoutSecrets:
        def all_secrets(self) -> Mapping[str, str]:
            raise CommandError("forbidden")

    context = cast(Context, ContextWithoutSecrets())
    ((title, text),) = evidence(context, ["airflow-e2e"])
    assert title == "no logs"
    assert text.endswith(": forbidden")


def test_warning_events_are_ordered_by_time() -> None:
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


def test_the_log_of_a_ready_or_completed_container_is_not_read() -> None:
    done = container("init", ready=False, state={"terminated": {"exitCode": 0}})
    assert log_targets([pod(container("a"), init=(done,))]) == []


def test_the_log_before_the_last_restart_of_a_container_is_read() -> None:
    assert log_targets([pod(container("a", restartCount=1))]) == [
        LogTarget(pod="pod", container="a", previous=True)
    ]


def test_the_log_of_a_container_that_is_not_ready_or_failed_is_read() -> None:
    failed = container("b", ready=False, state={"terminated": {"exitCode": 1}})
    found = log_targets([pod(container("a", ready=False), failed)])
    assert found == [
        LogTarget(pod="pod", container="a", previous=False),
        LogTarget(pod="pod", container="b", previous=False),
    ]


def test_the_log_of_a_waiting_container_is_not_read() -> None:
    assert log_targets([pod(container("a", ready=False, state={"waiting": {}}))]) == []
