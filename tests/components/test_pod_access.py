"""Each part of Airflow may do to pods what it does, and no more."""

import pytest

from airflow_k8s.rendering.resources import Evaluation

PARTS = ("api-server", "scheduler", "triggerer", "worker-kubernetes", "cleanup")


def allowed(evaluation: Evaluation, part: str) -> set[str]:
    rules = evaluation[f"access-{part}-role"].inputs["rules"]
    return {f"{verb} {each}" for r in rules for each in r["resources"] for verb in r["verbs"]}


@pytest.mark.parametrize("part", PARTS)
def test_a_role_is_bound_to_the_account_of_its_part_alone(stack: Evaluation, part: str) -> None:
    binding = stack[f"access-{part}-binding"].inputs
    assert binding["roleRef"]["name"] == f"airflow-{part}"
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": f"airflow-{part}", "namespace": "airflow"}
    ]


@pytest.mark.parametrize("part", PARTS)
def test_only_a_worker_may_run_commands_in_pods(stack: Evaluation, part: str) -> None:
    assert ("create pods/exec" in allowed(stack, part)) == (part == "worker-kubernetes")


@pytest.mark.parametrize("part", PARTS)
def test_only_those_that_start_pods_may(stack: Evaluation, part: str) -> None:
    starts = part in ("scheduler", "worker-kubernetes")
    assert ("create pods" in allowed(stack, part)) == starts


def test_the_api_server_only_looks(stack: Evaluation) -> None:
    assert allowed(stack, "api-server") == {"get pods", "list pods", "get pods/log"}


def test_the_triggerer_ends_pods_and_reads_logs(stack: Evaluation) -> None:
    assert {"delete pods", "get pods/log", "watch events"} <= allowed(stack, "triggerer")


def test_the_clean_up_lists_and_deletes(stack: Evaluation) -> None:
    assert allowed(stack, "cleanup") == {"list pods", "delete pods"}


def test_airflow_starts_when_it_may(stack: Evaluation) -> None:
    by_urn = {r.urn: r.name for r in stack.resources}
    assert "access-scheduler-binding" in {by_urn[u] for u in stack["airflow"].dependencies}
