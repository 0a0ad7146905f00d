"""Conditions and phases in an object's status."""

from typing import Any

from airflow_k8s.kube.conditions import (
    condition,
    condition_message,
    condition_since,
    has_started,
    is_over,
)


def pod(**fields: Any) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": "a", **fields.pop("metadata", {})}, **fields}


def test_a_reported_condition_has_a_status_a_message_and_a_time() -> None:
    reported = {
        "type": "Ready",
        "status": "False",
        "message": "not yet",
        "lastTransitionTime": "2026-01-31T12:00:00Z",
    }
    status = {"conditions": [{"type": "Other", "status": "True"}, reported]}
    ready = pod(status=status)
    assert condition(ready, "Ready") == "False"
    assert condition_message(ready, "Ready") == "not yet"
    assert condition_since(ready, "Ready") == "2026-01-31T12:00:00Z"


def test_a_condition_that_is_not_reported_is_empty() -> None:
    for manifest in (pod(), pod(status={"conditions": None}), pod(status={"conditions": []})):
        assert condition(manifest, "Ready") == ""
        assert condition_message(manifest, "Ready") == ""
        assert condition_since(manifest, "Ready") == ""


def test_a_pod_is_over_when_it_has_ended_or_is_terminating() -> None:
    assert is_over(pod(status={"phase": "Succeeded"}))
    assert is_over(pod(status={"phase": "Failed"}))
    assert is_over(pod(metadata={"deletionTimestamp": "now"}))
    assert not is_over(pod(status={"phase": "Running"}))
    assert not is_over(pod())


def test_a_pod_has_started_when_it_has_an_address() -> None:
    assert has_started(pod(status={"podIP": "10.0.0.1"}))
    assert not has_started(pod(status={"phase": "Pending"}))
