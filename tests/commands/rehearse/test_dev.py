"""The dev stack on an embedded control plane: installed, changed, and with mistakes.

Most tests upgrade the platform that the first one installed, so their order matters.
"""

import shutil
from pathlib import Path

import pytest

from airflow_k8s.commands.rehearse.report import Report
from airflow_k8s.rendering.revision import checked_out
from airflow_k8s.toolchain.command import run
from tests.commands.rehearse.conftest import Environment, effects, problems, trouble
from tests.conftest import PROGRAM

NAMESPACE = "dev"


@pytest.fixture(scope="module")
def up(environment: Environment) -> Report:
    """The report of the committed stack."""
    return environment.rehearse("dev", namespace=NAMESPACE)


def test_the_committed_stack_comes_up_and_its_tasks_run(up: Report) -> None:
    assert not up.failed, problems(up)
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
        "kubernetes_pipeline.heavy_processing (worker) and 1 identical": "runs",
        "kubernetes_pipeline.light_processing": "runs",
        "per_task_resources.prepare (worker) and 1 identical": "runs",
        "per_task_resources.crunch (worker)": "runs",
    }
    assert not up.warnings
    assert up.policies, "the policies were not checked"
    assert (up.policies.violations, up.pod_security) == ([], {})
    assert up.policies.rules > 20
    assert not up.changes, "the namespace was empty before"


@pytest.mark.usefixtures("up")
def test_a_rotation_restarts_only_the_pods_that_read_the_secret(environment: Environment) -> None:
    report = environment.rehearse(
        "dev", namespace=NAMESPACE, secrets={"jwtSecret": {"rotation": 2}}
    )
    assert not report.failed, problems(report)
    assert {s.name for s in report.steps if s.action == "updated"} == {
        "airflow-jwt-secret",
        "airflow",
    }
    assert effects(report, "updated") == {
        "Secret airflow-jwt-secret",
        "Deployment airflow-api-server",
        "Deployment airflow-scheduler",
    }
    assert effects(report, "restarted") == {"component api-server", "component scheduler"}


@pytest.mark.usefixtures("up")
def test_an_update_from_another_revision_shows_the_difference_of_its_code(
    environment: Environment, tmp_path: Path
) -> None:
    for part in ("__main__.py", "Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(PROGRAM / part, tmp_path)
    for part in ("airflow_k8s", "components"):
        shutil.copytree(PROGRAM / part, tmp_path / part)
    file = tmp_path / "airflow_k8s" / "stack" / "chart" / "cleanup.py"
    code = file.read_text()
    changed = code.replace('"0 3 * * *"', '"0 4 * * *"')
    assert changed != code, "the schedule is defined in another file"
    file.write_text(changed)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "-m", "x"]):
        run(["git", *command], folder=tmp_path)
    with checked_out(tmp_path, "HEAD") as program:
        earlier = environment.rehearse("dev", namespace=NAMESPACE, program=program)
    assert not earlier.failed, problems(earlier)
    report = environment.rehearse("dev", namespace=NAMESPACE)
    assert not report.failed, problems(report)
    assert [
        (c.effect, c.kind, c.name, c.message) for c in report.changes if c.kind == "CronJob"
    ] == [("updated", "CronJob", "airflow-database-cleanup", "spec.schedule")]


@pytest.mark.usefixtures("up")
def test_a_new_image_is_migrated_again_and_restarts_only_airflow(environment: Environment) -> None:
    report = environment.rehearse("dev", namespace=NAMESPACE, image={"tag": "3.2.3"})
    assert not report.failed, problems(report)
    jobs = ("added", "removed")
    assert all(any("Job migration-job-" in e for e in effects(report, effect)) for effect in jobs)
    assert "Deployment airflow-scheduler" in effects(report, "updated")
    assert "component scheduler" in effects(report, "restarted")
    assert "component database" not in effects(report, "restarted")


@pytest.mark.usefixtures("up")
def test_a_missing_existing_secret_is_reported_as_the_kubelet_reports_it(
    environment: Environment,
) -> None:
    report = environment.rehearse(
        "dev", namespace=NAMESPACE, secrets={"jwtSecret": {"existing": "from-vault"}}
    )
    assert any('secret "from-vault" not found' in t.message for t in report.troubles), problems(
        report
    )


@pytest.mark.usefixtures("up")
def test_an_undeclared_claim_is_deleted_and_an_immutable_change_is_refused(
    environment: Environment,
) -> None:
    def with_claim_of(size: str) -> Report:
        return environment.rehearse(
            "dev",
            namespace=NAMESPACE,
            logs={"store": "remote", "folder": "s3://bucket/logs"},
            values={"triggerer": {"persistence": {"enabled": True, "size": size}}},
        )

    first = with_claim_of("1Gi")
    assert not first.failed, problems(first)
    assert "PersistentVolumeClaim airflow-logs" in effects(first, "removed")
    assert "StatefulSet airflow-triggerer" in effects(first, "added")
    second = with_claim_of("2Gi")
    assert second.failed
    assert effects(second, "refused") == {"Release airflow"}
    refusal = trouble(second, "Release", "airflow").message
    assert 'cannot patch "airflow-triggerer" with kind StatefulSet' in refusal
    assert "Forbidden: updates to statefulset spec" in refusal


@pytest.mark.usefixtures("up")
def test_a_privileged_container_is_reported_as_the_admission_reports_it(
    environment: Environment,
) -> None:
    privileged = {"securityContexts": {"container": {"privileged": True}}}
    report = environment.rehearse("dev", namespace=NAMESPACE, values={"scheduler": privileged})
    found = trouble(report, "Deployment", "scheduler")
    assert 'violates PodSecurity "restricted' in found.message
    assert "privileged" in found.message
    assert found.setting.startswith("values")
    warnings = " ".join(text for texts in report.warnings.values() for text in texts)
    assert "would violate PodSecurity" in warnings
    assert {"Deployment airflow-scheduler", "Release airflow"} == set(report.pod_security)
    assert report.policies
    (violation,) = report.policies.violations
    assert (violation.rule, violation.subject) == (
        "pod-security-restricted",
        "Deployment/airflow-scheduler",
    ), "a policy finds it before the API server refuses it"


@pytest.mark.usefixtures("up")
def test_a_claim_with_an_unsupported_access_mode_stays_pending_with_the_tasks(
    environment: Environment,
) -> None:
    report = environment.rehearse("dev", namespace=NAMESPACE, data={"accessMode": "ReadWriteMany"})
    found = trouble(report, "PersistentVolumeClaim", "airflow-data-pvc")
    assert "offers ReadWriteOnce, not ReadWriteMany" in found.message
    assert "data.accessMode" in found.setting
    assert {t.outcome for t in report.tasks} == {"pending"}
