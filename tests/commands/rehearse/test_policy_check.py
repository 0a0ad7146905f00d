"""What a rehearsed stack is held to: the stack, what its chart makes of it, and its DAGs' pods."""

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any

from airflow_k8s.commands.dags.reading import Dag, Reading, Task
from airflow_k8s.commands.rehearse.policy_check import check_policies, pod_security
from airflow_k8s.commands.rehearse.report import PolicyResult
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason
from airflow_k8s.rendering.resources import Evaluation
from tests.conftest import settings_of

TODAY = date(2026, 11, 25)
SAFE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "mine",
        "namespace": "airflow",
        # As the executor's pods are labelled, which are tasks' pods too.
        "labels": {
            "tier": "airflow",
            "component": "worker",
            "release": "airflow",
            "app.kubernetes.io/component": "task",
            "app.kubernetes.io/part-of": "airflow-platform",
        },
    },
    "spec": {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "base",
                "image": "ghcr.io/mine/task:1",
                "resources": {
                    "requests": {"cpu": "1", "memory": "1Gi"},
                    "limits": {"memory": "1Gi"},
                },
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
    },
}


def reading(pod: Mapping[str, Any]) -> Reading:
    """A DAG of one task whose pod that is; its worker pod is a good one."""
    task = Task(
        name="t",
        operator="KubernetesPodOperator",
        owner="me",
        after=[],
        retries=0,
        retry_delay=0,
        deferrable=True,
        worker=SAFE,
        pod=pod,
        note="",
    )
    dag = Dag(name="d", file="d.py", schedule="", start="", catchup=False, tasks=[task])
    return Reading(dags=[dag], errors={}, warnings={})


def asked(evaluation: Evaluation, rendered: list[dict[str, Any]], pod: Any = SAFE) -> PolicyResult:
    return check_policies(
        evaluation, settings_of("dev"), lambda _: rendered, reading(pod) if pod else None, TODAY
    )


def test_the_program_the_chart_and_the_dags_are_held_to_the_rules(dev: Evaluation) -> None:
    assert asked(dev, []).broken == []
    latest = copy.deepcopy(SAFE)
    latest["spec"]["containers"][0]["image"] = "ghcr.io/mine/task:latest"
    of_dag = asked(dev, [], latest).broken
    assert [(each.rule, each.subject) for each in of_dag] == [("image-pinned", "Pod/mine")]
    hook = copy.deepcopy(SAFE)
    hook["metadata"]["annotations"] = {"helm.sh/hook": "post-install"}
    of_chart = asked(dev, [hook], None).broken
    assert [(each.rule, each.subject) for each in of_chart] == [("no-hook", "Pod/mine")]
    assert of_chart[0].remedy


def test_what_is_advisory_is_counted_and_stops_nothing(dev: Evaluation) -> None:
    found = asked(dev, [])
    assert found.remarks > 0
    assert found.broken == []


def test_without_dags_the_rest_is_still_judged(dev: Evaluation) -> None:
    assert asked(dev, [], None).rules > 20


def test_pod_security_is_told_of_refusals_and_of_warnings() -> None:
    refused = Trouble(
        kind="Pod",
        name="p",
        reason=Reason.POD_SECURITY,
        message='violates PodSecurity "restricted:latest": x',
    )
    other = Trouble(kind="Pod", name="q", reason=Reason.QUOTA_EXCEEDED, message="exceeded quota")
    warnings = {"Deployment d": ["would violate PodSecurity y"], "Job j": ["unknown field z"]}
    assert pod_security([refused, other], warnings) == {
        "Pod p": refused.message,
        "Deployment d": "would violate PodSecurity y",
    }
    assert pod_security([], {}) == {}
