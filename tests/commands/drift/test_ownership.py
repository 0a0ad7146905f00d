"""Which objects in the stack's namespace belong to the stack."""

from typing import Any

import pytest

from airflow_k8s.commands.drift.ownership import find_generated, undeclared
from airflow_k8s.rendering.manifests import PROGRAM
from tests.commands.drift.samples import desired

JOB = {
    "kind": "Job",
    "metadata": {"generateName": "migration-job-", "labels": {"component": "migration"}},
}


def live(kind: str, name: str, **metadata: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "creationTimestamp": "1", **metadata}}


def found(*live_objects: dict[str, Any]) -> list[tuple[str, bool]]:
    """The names of undeclared objects, and whether they have the mark of the stack."""
    result = undeclared(live_objects, [desired(STATEFUL_SET)], {("Service", "airflow-statsd")})
    return [(obj["metadata"]["name"], is_marked) for obj, is_marked in result]


STATEFUL_SET = {
    "kind": "StatefulSet",
    "metadata": {"name": "airflow-worker"},
    "spec": {"volumeClaimTemplates": [{"metadata": {"name": "logs"}}]},
}
OF_THE_CHART = {"labels": {"release": "airflow"}}


def test_a_job_with_a_generated_name_is_found_by_its_prefix_and_its_labels() -> None:
    labels = {"labels": {"component": "migration", "batch.kubernetes.io/job-name": "x"}}
    job = live("Job", "migration-job-1a2b", **labels)
    others = live("Job", "migration-job-of-mine"), live("Job", "another-job", **labels)
    assert find_generated(desired(JOB, PROGRAM), [*others, job]) is job
    assert find_generated(desired(JOB, PROGRAM), others) is None


def test_of_several_jobs_with_a_generated_name_the_newest_is_found() -> None:
    labels = {"component": "migration"}
    old = live("Job", "migration-job-1", labels=labels, creationTimestamp="2026-11-01T00:00:00Z")
    new = live("Job", "migration-job-2", labels=labels, creationTimestamp="2026-11-02T00:00:00Z")
    assert find_generated(desired(JOB, PROGRAM), [new, old]) is new


@pytest.mark.parametrize(
    "metadata",
    [
        OF_THE_CHART,
        {"labels": {"app.kubernetes.io/part-of": "airflow-platform"}},
        {"annotations": {"meta.helm.sh/release-name": "airflow"}},
    ],
)
def test_an_undeclared_object_with_a_mark_of_the_stack_is_orphaned(
    metadata: dict[str, Any],
) -> None:
    assert found(live("ConfigMap", "stray", **metadata)) == [("stray", True)]


def test_an_undeclared_object_without_a_mark_of_the_stack_is_unmanaged() -> None:
    assert found(live("ConfigMap", "mine", labels={"release": "my-app"})) == [("mine", False)]


@pytest.mark.parametrize(
    "live_object",
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
    ids=lambda obj: f"{obj['kind']} {obj['metadata']['name']}",
)
def test_declared_objects_and_those_of_controllers_kubernetes_helm_and_airflow_are_neither(
    live_object: dict[str, Any],
) -> None:
    assert found(live_object) == []


def test_a_pod_without_an_owner_that_no_task_created_is_orphaned() -> None:
    assert found(live("Pod", "debug", **OF_THE_CHART)) == [("debug", True)]
