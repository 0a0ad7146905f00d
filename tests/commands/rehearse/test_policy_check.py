"""The policy check of the program, its chart and the pods of its DAGs."""

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any

from airflow_k8s.commands.dags.reading import Dag, Reading, Task
from airflow_k8s.commands.rehearse.policy_check import check_policies, pod_security_violations
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
        # The labels of the executor's pods.
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
    """A DAG of one task with this pod and with a worker pod without violations."""
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


def checked(
    evaluation: Evaluation, rendered: list[dict[str, Any]], pod: Any = SAFE
) -> PolicyResult:
    return check_policies(
        evaluation, settings_of("dev"), lambda _: rendered, reading(pod) if pod else None, TODAY
    )


def test_the_rules_apply_to_the_program_the_chart_and_the_dags(dev: Evaluation) -> None:
    assert checked(dev, []).violations == []
    latest = copy.deepcopy(SAFE)
    latest["spec"]["containers"][0]["image"] = "ghcr.io/mine/task:latest"
    of_dag = checked(dev, [], latest).violations
    assert [(violation.rule, violation.subject) for violation in of_dag] == [
        ("image-pinned", "Pod/mine")
    ]
    hook = copy.deepcopy(SAFE)
    hook["metadata"]["annotations"] = {"helm.sh/hook": "post-install"}
    of_chart = checked(dev, [hook], None).violations
    assert [(violation.rule, violation.subject) for violation in of_chart] == [
        ("no-hook", "Pod/mine")
    ]
    assert of_chart[0].remedy


def test_advisory_findings_are_counted_and_are_no_violations(dev: Evaluation) -> None:
    found = checked(dev, [])
    assert found.advisory > 0
    assert found.violations == []


def test_the_rest_of_the_stack_is_checked_without_dags(dev: Evaluation) -> None:
    assert checked(dev, [], None).rules > 20


def test_pod_security_violations_come_from_refusals_and_warnings() -> None:
    refused = Trouble(
        kind="Pod",
        name="p",
        reason=Reason.POD_SECURITY,
        message='violates PodSecurity "restricted:latest": x',
    )
    other = Trouble(kind="Pod", name="q", reason=Reason.QUOTA_EXCEEDED, message="exceeded quota")
    warnings = {"Deployment d": ["would violate PodSecurity y"], "Job j": ["unknown field z"]}
    assert pod_security_violations([refused, other], warnings) == {
        "Pod p": refused.message,
        "Deployment d": "would violate PodSecurity y",
    }
    assert pod_security_violations([], {}) == {}
