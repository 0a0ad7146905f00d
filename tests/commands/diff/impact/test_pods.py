"""Pods that restart, Jobs that run, and what changes for the pods of the next tasks."""

from dataclasses import replace

from airflow_k8s.commands.diff.impact.consequence import Kind
from airflow_k8s.commands.diff.impact.pods import pod_consequences
from airflow_k8s.rendering.manifests import CHART, TASK, TASK_POD, Object
from tests.commands.diff.samples import changed, deployment, made


def found(before: Object | None, after: Object | None) -> list[tuple[Kind, str, str]]:
    return [
        (consequence.kind, consequence.subject, consequence.message)
        for consequence in pod_consequences(changed(before, after))
    ]


def test_another_template_restarts_the_pods() -> None:
    after = deployment(replicas=2, container={"image": "airflow:2"})
    assert found(deployment(replicas=2), after) == [
        (
            Kind.RESTART,
            "Deployment/airflow-scheduler (2 pods)",
            "image of main: 1 → 2; new pods are ready before old pods stop",
        )
    ]


def test_a_field_outside_the_template_restarts_nothing() -> None:
    before = deployment()
    metadata = {**before.manifest["metadata"], "labels": {"a": "b"}}
    assert found(before, replace(before, manifest={**before.manifest, "metadata": metadata})) == []


def test_more_replicas_add_pods_and_restart_nothing() -> None:
    assert found(deployment(replicas=1), deployment(replicas=2)) == [
        (Kind.SCALED, "Deployment/airflow-scheduler", "from 1 pod to 2")
    ]


def test_a_deployment_is_added_and_removed_with_its_pods() -> None:
    subject = "Deployment/airflow-scheduler"
    assert found(None, deployment(replicas=2)) == [(Kind.SCALED, subject, "2 pods added")]
    assert found(deployment(), None) == [(Kind.SCALED, subject, "1 pod removed")]


def test_the_only_pod_of_a_database_is_unavailable_while_it_restarts() -> None:
    before, after = (
        made(
            "StatefulSet",
            "db",
            spec={
                "replicas": 1,
                "template": {"spec": {"containers": [{"name": "pg", "image": image}]}},
            },
        )
        for image in ("postgres:16", "postgres:17")
    )
    ((_, _, message),) = found(before, after)
    assert message == "image of pg: 16 → 17; unavailable until the new pod is ready"


def test_a_job_of_the_program_runs_again_if_its_template_changes() -> None:
    before, after = (
        made(
            "Job",
            "migration-job-*",
            spec={"template": {"spec": {"containers": [{"name": "m", "image": image}]}}},
        )
        for image in ("airflow:1", "airflow:2")
    )
    assert found(before, after) == [(Kind.JOB_RUN, "Job/migration-job-*", "image of m: 1 → 2")]
    assert found(None, after) == [(Kind.JOB_RUN, "Job/migration-job-*", "the Job is new")]


def test_a_job_that_changes_in_place_does_not_run_again() -> None:
    before, after = (
        made("Job", "j", spec={"backoffLimit": n, "template": {"spec": {"containers": []}}})
        for n in (6, 5)
    )
    assert found(before, after) == []


def test_a_hook_of_the_chart_runs_again() -> None:
    before, after = (
        made(
            "Job",
            "j",
            origin=CHART,
            annotations={"helm.sh/hook": "post-upgrade"},
            spec={"template": {"spec": {"containers": [{"name": "m", "image": image}]}}},
        )
        for image in ("airflow:1", "airflow:2")
    )
    assert found(before, after) == [(Kind.JOB_RUN, "Job/j", "image of m: 1 → 2")]


def cron(schedule: str, *args: str) -> Object:
    pod = {"spec": {"containers": [{"name": "c", "image": "i", "args": list(args)}]}}
    spec = {"schedule": schedule, "jobTemplate": {"spec": {"template": pod}}}
    return made("CronJob", "c", origin=CHART, spec=spec)


def test_a_changed_cron_job_is_reported_for_its_next_run() -> None:
    assert found(cron("@daily", "90"), cron("@hourly", "7")) == [
        (
            Kind.JOB_RUN,
            "CronJob/c",
            'from its next run on: schedule: @daily → @hourly, args of c: ["90"] → ["7"]',
        )
    ]
    assert found(cron("@daily"), cron("@daily")) == []


def test_pods_with_the_strategy_on_delete_do_not_restart() -> None:
    def waiting(image: str) -> Object:
        spec = {
            "replicas": 1,
            "updateStrategy": {"type": "OnDelete"},
            "template": {"spec": {"containers": [{"name": "a", "image": image}]}},
        }
        return made("StatefulSet", "s", spec=spec)

    assert found(waiting("a:1"), waiting("a:2")) == []


def test_a_deployment_without_pods_restarts_nothing() -> None:
    after = deployment(replicas=0, container={"image": "a:2"})
    assert found(deployment(replicas=0), after) == []


def test_a_larger_volume_of_a_replicated_database_restarts_nothing() -> None:
    def cluster(size: str, image: str = "pg:17") -> Object:
        spec = {
            "instances": 3,
            "imageName": image,
            "storage": {"size": size},
            "resources": {},
            "bootstrap": {"initdb": {"secret": {"name": "s"}}},
        }
        return made("Cluster", "db", api="postgresql.cnpg.io/v1", spec=spec)

    assert found(cluster("1Gi"), cluster("2Gi")) == []
    assert [kind for kind, _, _ in found(cluster("1Gi"), cluster("1Gi", "pg:17.1"))] == [
        Kind.RESTART
    ]


def test_a_changed_task_pod_is_reported_for_the_next_tasks() -> None:
    def task(image: str) -> Object:
        spec = {"containers": [{"name": "base", "image": image}]}
        return Object("airflow", TASK_POD, TASK, made("Pod", "placeholder", spec=spec).manifest)

    assert found(task("airflow:1"), task("airflow:2")) == [
        (Kind.TASK_POD, "worker pod", "image of base: 1 → 2")
    ]
