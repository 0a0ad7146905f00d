"""The dev stack on an embedded control plane: brought up, changed, broken.

Most tests go on from the platform that the first one brought up, so their order counts.
"""

import shutil
from pathlib import Path

import pytest

from airflow_k8s.commands.rehearse.report import Report
from airflow_k8s.rendering.revision import checked_out
from airflow_k8s.toolchain.command import run
from tests.commands.rehearse.conftest import Environment, effects, trouble, words
from tests.conftest import PROGRAM

HERE = "dev"


@pytest.fixture(scope="module")
def up(environment: Environment) -> Report:
    """The stack as committed."""
    return environment.rehearse("dev", namespace=HERE)


def test_the_stack_as_committed_comes_up_and_its_tasks_run(up: Report) -> None:
    assert not up.failed, words(up)
    assert {pod.component for pod in up.pods if pod.ready} == {
        "api-server",
        "dag-processor",
        "database",
        "scheduler",
        "statsd",
        "triggerer",
    }
    assert {t.name: t.outcome for t in up.tasks} == {
        "kubernetes_pipeline.heavy_processing": "runs",
        "kubernetes_pipeline.heavy_processing (worker) and 1 alike": "runs",
        "kubernetes_pipeline.light_processing": "runs",
        "per_task_resources.prepare (worker) and 1 alike": "runs",
        "per_task_resources.crunch (worker)": "runs",
    }
    assert not up.warnings
    assert up.policies, "the rules were not asked"
    assert (up.policies.broken, up.pod_security) == ([], {})
    assert up.policies.rules > 20
    assert not up.changes, "nothing was there before"


@pytest.mark.usefixtures("up")
def test_a_rotation_rolls_just_the_pods_that_read_the_secret(environment: Environment) -> None:
    report = environment.rehearse("dev", namespace=HERE, secrets={"jwtSecret": {"rotation": 2}})
    assert not report.failed, words(report)
    assert {s.name for s in report.steps if s.action == "updated"} == {
        "airflow-jwt-secret",
        "airflow",
    }
    assert effects(report, "updated") == {
        "Secret airflow-jwt-secret",
        "Deployment airflow-api-server",
        "Deployment airflow-scheduler",
    }
    assert effects(report, "restarted") == {"pods of api-server", "pods of scheduler"}


@pytest.mark.usefixtures("up")
def test_an_update_from_another_revision_shows_what_its_code_did_otherwise(
    environment: Environment, tmp_path: Path
) -> None:
    for part in ("__main__.py", "Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(PROGRAM / part, tmp_path)
    for part in ("airflow_k8s", "components"):
        shutil.copytree(PROGRAM / part, tmp_path / part)
    values = tmp_path / "airflow_k8s" / "stack" / "chart" / "values.py"
    values.write_text(values.read_text().replace('"0 3 * * *"', '"0 4 * * *"'))
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "-m", "x"]):
        run(["git", *command], folder=tmp_path)
    with checked_out(tmp_path, "HEAD") as program:
        earlier = environment.rehearse("dev", namespace=HERE, program=program)
    assert not earlier.failed, words(earlier)
    report = environment.rehearse("dev", namespace=HERE)
    assert not report.failed, words(report)
    assert [(c.effect, c.kind, c.name, c.words) for c in report.changes if c.kind == "CronJob"] == [
        ("updated", "CronJob", "airflow-database-cleanup", "spec.schedule")
    ]


@pytest.mark.usefixtures("up")
def test_a_new_image_migrates_anew_and_restarts_airflow_alone(environment: Environment) -> None:
    report = environment.rehearse("dev", namespace=HERE, image={"tag": "3.2.3"})
    assert not report.failed, words(report)
    jobs = ("added", "removed")
    assert all(any("Job migration-job-" in e for e in effects(report, each)) for each in jobs)
    assert "Deployment airflow-scheduler" in effects(report, "updated")
    assert "pods of scheduler" in effects(report, "restarted")
    assert "pods of database" not in effects(report, "restarted")


@pytest.mark.usefixtures("up")
def test_a_secret_that_should_be_there_and_is_not_is_told_in_the_words_of_the_kubelet(
    environment: Environment,
) -> None:
    report = environment.rehearse(
        "dev", namespace=HERE, secrets={"jwtSecret": {"existing": "from-vault"}}
    )
    assert any('secret "from-vault" not found' in t.message for t in report.troubles), words(report)


@pytest.mark.usefixtures("up")
def test_what_the_program_no_longer_declares_goes_and_what_cannot_change_is_refused(
    environment: Environment,
) -> None:
    def with_claim_of(size: str) -> Report:
        return environment.rehearse(
            "dev",
            namespace=HERE,
            logs={"store": "remote", "folder": "s3://bucket/logs"},
            values={"triggerer": {"persistence": {"enabled": True, "size": size}}},
        )

    first = with_claim_of("1Gi")
    assert not first.failed, words(first)
    assert "PersistentVolumeClaim airflow-logs" in effects(first, "removed")
    assert "StatefulSet airflow-triggerer" in effects(first, "added")
    second = with_claim_of("2Gi")
    assert second.failed
    assert effects(second, "refused") == {"Release airflow"}
    refusal = trouble(second, "Release", "airflow").message
    assert 'cannot patch "airflow-triggerer" with kind StatefulSet' in refusal
    assert "Forbidden: updates to statefulset spec" in refusal


@pytest.mark.usefixtures("up")
def test_a_container_that_breaks_restricted_is_told_in_the_words_of_the_admission(
    environment: Environment,
) -> None:
    privileged = {"securityContexts": {"container": {"privileged": True}}}
    report = environment.rehearse("dev", namespace=HERE, values={"scheduler": privileged})
    found = trouble(report, "Deployment", "scheduler")
    assert 'violates PodSecurity "restricted' in found.message
    assert "privileged" in found.message
    assert found.setting.startswith("values")
    warnings = " ".join(words for each in report.warnings.values() for words in each)
    assert "would violate PodSecurity" in warnings
    assert {"Deployment airflow-scheduler", "Release airflow"} == set(report.pod_security)
    assert report.policies
    (broken,) = report.policies.broken
    assert (broken.rule, broken.subject) == (
        "pod-security-restricted",
        "Deployment/airflow-scheduler",
    ), "what the API server refuses is known before it is asked"


@pytest.mark.usefixtures("up")
def test_a_claim_of_a_mode_that_its_class_lacks_stays_pending_and_tasks_with_it(
    environment: Environment,
) -> None:
    report = environment.rehearse("dev", namespace=HERE, data={"accessMode": "ReadWriteMany"})
    found = trouble(report, "PersistentVolumeClaim", "airflow-data-pvc")
    assert "offers ReadWriteOnce, not ReadWriteMany" in found.message
    assert "data.accessMode" in found.setting
    assert {t.outcome for t in report.tasks} == {"pending"}
