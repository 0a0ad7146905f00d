"""Whose an object in the namespace is that no stack promises."""

from typing import Any

import pytest

from airflow_k8s.commands.drift.ownership import counterpart, unpromised
from airflow_k8s.rendering.manifests import PROGRAM
from tests.commands.drift.samples import promised

JOB = {
    "kind": "Job",
    "metadata": {"generateName": "migration-job-", "labels": {"component": "migration"}},
}


def live(kind: str, name: str, **metadata: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "creationTimestamp": "1", **metadata}}


def left_over(*held: dict[str, Any]) -> list[tuple[str, bool]]:
    found = unpromised(held, [promised(STATEFUL_SET)], {("Service", "airflow-statsd")})
    return [(each["metadata"]["name"], ours) for each, ours in found]


STATEFUL_SET = {
    "kind": "StatefulSet",
    "metadata": {"name": "airflow-worker"},
    "spec": {"volumeClaimTemplates": [{"metadata": {"name": "logs"}}]},
}
OF_THE_CHART = {"labels": {"release": "airflow"}}


def test_an_auto_named_job_is_found_by_its_prefix_and_its_labels() -> None:
    labels = {"labels": {"component": "migration", "batch.kubernetes.io/job-name": "x"}}
    ours = live("Job", "migration-job-1a2b", **labels)
    others = live("Job", "migration-job-of-mine"), live("Job", "another-job", **labels)
    assert counterpart(promised(JOB, PROGRAM), [*others, ours]) is ours
    assert counterpart(promised(JOB, PROGRAM), others) is None


def test_of_several_the_newest_is_the_one_and_the_others_are_left_over() -> None:
    labels = {"component": "migration"}
    old = live("Job", "migration-job-1", labels=labels, creationTimestamp="2026-11-01T00:00:00Z")
    new = live("Job", "migration-job-2", labels=labels, creationTimestamp="2026-11-02T00:00:00Z")
    assert counterpart(promised(JOB, PROGRAM), [new, old]) is new


@pytest.mark.parametrize(
    "metadata",
    [
        OF_THE_CHART,
        {"labels": {"app.kubernetes.io/part-of": "airflow-platform"}},
        {"annotations": {"meta.helm.sh/release-name": "airflow"}},
    ],
)
def test_what_claims_to_be_of_the_stack_and_is_not_promised_is_left_over(
    metadata: dict[str, Any],
) -> None:
    assert left_over(live("ConfigMap", "stray", **metadata)) == [("stray", True)]


def test_what_claims_nothing_is_of_others() -> None:
    assert left_over(live("ConfigMap", "mine", labels={"release": "my-app"})) == [("mine", False)]


@pytest.mark.parametrize(
    "each",
    [
        live("Service", "airflow-statsd", **OF_THE_CHART),
        live("ReplicaSet", "airflow-statsd-1", ownerReferences=[{"kind": "Deployment"}]),
        live("ConfigMap", "kube-root-ca.crt"),
        live("ServiceAccount", "default"),
        live("Pod", "a-task", labels={"release": "airflow", "kubernetes_executor": "True"}),
        live("Pod", "a-task", labels={"kubernetes_pod_operator": "True"}),
        live("PersistentVolumeClaim", "logs-airflow-worker-0", **OF_THE_CHART),
        {**live("Secret", "sh.helm.release.v1.airflow.v1"), "type": "helm.sh/release.v1"},
    ],
    ids=lambda each: f"{each['kind']} {each['metadata']['name']}",
)
def test_what_is_promised_or_made_by_controllers_kubernetes_helm_and_airflow_is_neither(
    each: dict[str, Any],
) -> None:
    assert left_over(each) == []


def test_a_bare_pod_that_no_task_made_is_left_over() -> None:
    assert left_over(live("Pod", "debug", **OF_THE_CHART)) == [("debug", True)]
