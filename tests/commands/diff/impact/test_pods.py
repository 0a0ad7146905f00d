"""Which pods restart and why, which Jobs run, what the next tasks' pods have otherwise."""

from dataclasses import replace
from typing import Any

import pytest

from airflow_k8s.commands.diff.impact.pods import pods
from airflow_k8s.rendering.manifests import CHART, TASK, TASK_POD, Object
from airflow_k8s.stack.settings import names
from tests.commands.diff.samples import changed, deployment, made


def told(before: Object | None, after: Object | None) -> list[tuple[str, str, str]]:
    return [(each.kind, each.subject, each.words) for each in pods(changed(before, after))]


def why(**pod: Any) -> str:
    """Why the pods restart that have this otherwise."""
    ((_, _, words),) = told(deployment(), deployment(**pod))
    return words.partition(";")[0]


def test_a_new_template_restarts_the_pods() -> None:
    assert told(
        deployment(replicas=2), deployment(replicas=2, container={"image": "airflow:2"})
    ) == [
        (
            "restarts",
            "Deployment/airflow-scheduler (2 pods)",
            "image of main: 1 → 2; new ones are ready before old ones end",
        )
    ]


def test_what_is_no_part_of_the_template_does_not() -> None:
    before = deployment()
    metadata = {**before.manifest["metadata"], "labels": {"a": "b"}}
    assert told(before, replace(before, manifest={**before.manifest, "metadata": metadata})) == []


def test_more_replicas_are_more_pods_and_no_restart() -> None:
    assert told(deployment(replicas=1), deployment(replicas=2)) == [
        ("scaled", "Deployment/airflow-scheduler", "from 1 pod to 2")
    ]


def test_a_deployment_that_comes_or_goes_brings_its_pods_or_takes_them() -> None:
    assert [each[2] for each in told(None, deployment(replicas=2))] == ["2 pods more"]
    assert [each[2] for each in told(deployment(), None)] == ["1 pod fewer"]


@pytest.mark.parametrize(
    ("pod", "words"),
    [
        ({"container": {"image": "other/airflow:1"}}, "image of main: airflow:1 → other/airflow:1"),
        (
            {"container": {"resources": {"limits": {"memory": "2Gi"}}}},
            "resources of main",
        ),
        ({"container": {"env": [{"name": "A", "value": "1"}]}}, "env of main"),
        ({"volumes": [{"name": "tmp"}]}, "volumes"),
        ({"annotations": {"checksum/airflow-config": "1"}}, "the chart's airflow-config differs"),
        ({"annotations": {"a": "b"}}, "annotation a"),
        ({"initContainers": [{"name": "wait", "image": "w"}]}, "initContainers"),
    ],
)
def test_the_reason_is_told_in_words(pod: dict[str, Any], words: str) -> None:
    assert why(**pod) == words


def test_a_changed_limit_is_told_with_both_sides() -> None:
    before, after = (
        deployment(container={"resources": {"limits": {"memory": size}}}) for size in ("1Gi", "2Gi")
    )
    ((_, _, words),) = told(before, after)
    assert words.startswith("memory limit of main: 1Gi → 2Gi")


def test_many_variables_are_counted() -> None:
    before, after = (
        deployment(container={"env": [{"name": n, "value": value} for n in ("A", "B")]})
        for value in ("1", "2")
    )
    ((_, _, words),) = told(before, after)
    assert words.startswith("2 variables of main;")


def test_a_rotated_secret_is_told_by_name() -> None:
    before, after = (
        deployment(annotations={names.ROTATIONS: text})
        for text in ("database=generated:1 jwt-secret=generated:1", "database=generated:2")
    )
    ((_, _, words),) = told(before, after)
    assert words.startswith("a secret was rotated (database), other secrets are read (jwt-secret);")


def test_of_many_reasons_the_image_comes_first_and_the_last_are_counted() -> None:
    fields = {
        name: name for name in ("dnsPolicy", "hostname", "nodeName", "priority", "schedulerName")
    }
    assert why(container={"image": "airflow:2"}, **fields) == (
        "image of main: 1 → 2, dnsPolicy, hostname, nodeName and 2 more"
    )


def test_the_only_pod_of_a_database_is_away_meanwhile() -> None:
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
    ((_, _, words),) = told(before, after)
    assert words == "image of pg: 16 → 17; it is away until the new one is ready"


def test_a_job_of_the_program_runs_again_when_its_template_differs() -> None:
    before, after = (
        made(
            "Job",
            "migration-job-*",
            spec={"template": {"spec": {"containers": [{"name": "m", "image": image}]}}},
        )
        for image in ("airflow:1", "airflow:2")
    )
    assert told(before, after) == [("reruns", "Job/migration-job-*", "image of m: 1 → 2")]
    assert told(None, after) == [("reruns", "Job/migration-job-*", "it is new, and runs")]


def test_a_job_that_is_changed_in_place_does_not_run_again() -> None:
    before, after = (
        made("Job", "j", spec={"backoffLimit": n, "template": {"spec": {"containers": []}}})
        for n in (6, 5)
    )
    assert told(before, after) == []


def test_a_hook_of_the_chart_runs_with_what_is_new_in_it() -> None:
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
    assert told(before, after) == [("reruns", "Job/j", "image of m: 1 → 2")]


def cron(schedule: str, *args: str) -> Object:
    pod = {"spec": {"containers": [{"name": "c", "image": "i", "args": list(args)}]}}
    spec = {"schedule": schedule, "jobTemplate": {"spec": {"template": pod}}}
    return made("CronJob", "c", origin=CHART, spec=spec)


def test_a_cron_job_runs_otherwise_the_next_time() -> None:
    assert told(cron("@daily", "90"), cron("@hourly", "7")) == [
        (
            "reruns",
            "CronJob/c",
            'from its next run on: schedule: @daily → @hourly, args of c: ["90"] → ["7"]',
        )
    ]
    assert told(cron("@daily"), cron("@daily")) == []


def test_pods_that_wait_to_be_told_do_not_restart() -> None:
    def waiting(image: str) -> Object:
        spec = {
            "replicas": 1,
            "updateStrategy": {"type": "OnDelete"},
            "template": {"spec": {"containers": [{"name": "a", "image": image}]}},
        }
        return made("StatefulSet", "s", spec=spec)

    assert told(waiting("a:1"), waiting("a:2")) == []
    assert told(deployment(replicas=0), deployment(replicas=0, container={"image": "a:2"})) == []


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

    assert told(cluster("1Gi"), cluster("2Gi")) == []
    assert [each[0] for each in told(cluster("1Gi"), cluster("1Gi", "pg:17.1"))] == ["restarts"]


def test_the_task_pod_is_told_for_the_next_tasks() -> None:
    def task(image: str) -> Object:
        spec = {"containers": [{"name": "base", "image": image}]}
        return Object("airflow", TASK_POD, TASK, made("Pod", "placeholder", spec=spec).manifest)

    assert told(task("airflow:1"), task("airflow:2")) == [
        ("task pod", "worker pod", "image of base: 1 → 2")
    ]
