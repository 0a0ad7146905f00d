"""Every component of Airflow has the permissions on pods that it needs, and no others."""

import pytest

from airflow_k8s.rendering.resources import Evaluation

COMPONENTS = ("api-server", "scheduler", "triggerer", "worker-kubernetes", "cleanup")


def allowed(evaluation: Evaluation, component: str) -> set[str]:
    rules = evaluation[f"access-{component}-role"].inputs["rules"]
    return {
        f"{verb} {resource}"
        for rule in rules
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_role_is_bound_only_to_the_account_of_its_component(
    stack: Evaluation, component: str
) -> None:
    binding = stack[f"access-{component}-binding"].inputs
    assert binding["roleRef"]["name"] == f"airflow-{component}"
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": f"airflow-{component}", "namespace": "airflow"}
    ]


@pytest.mark.parametrize("component", COMPONENTS)
def test_only_a_worker_can_run_commands_in_pods(stack: Evaluation, component: str) -> None:
    assert ("create pods/exec" in allowed(stack, component)) == (component == "worker-kubernetes")


@pytest.mark.parametrize("component", COMPONENTS)
def test_only_scheduler_and_worker_can_create_pods(stack: Evaluation, component: str) -> None:
    creates_pods = component in ("scheduler", "worker-kubernetes")
    assert ("create pods" in allowed(stack, component)) == creates_pods


def test_the_api_server_can_only_read_pods(stack: Evaluation) -> None:
    assert allowed(stack, "api-server") == {"get pods", "list pods", "get pods/log"}


def test_the_triggerer_can_delete_pods_and_read_logs(stack: Evaluation) -> None:
    assert {"delete pods", "get pods/log", "watch events"} <= allowed(stack, "triggerer")


def test_the_clean_up_can_list_and_delete_pods(stack: Evaluation) -> None:
    assert allowed(stack, "cleanup") == {"list pods", "delete pods"}


def test_the_release_is_installed_after_the_roles_are_bound(stack: Evaluation) -> None:
    by_urn = {r.urn: r.name for r in stack.resources}
    assert "access-scheduler-binding" in {by_urn[u] for u in stack["airflow"].dependencies}
