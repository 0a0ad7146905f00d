"""The Jobs that run before the release."""

from typing import Any

import pytest

from airflow_k8s.rendering.resources import Evaluation
from tests.conftest import evaluated

JOBS = ("migration-job", "admin-job")


def template(evaluation: Evaluation, job: str) -> dict[str, Any]:
    return evaluation[job].inputs["spec"]["template"]


def container(evaluation: Evaluation, job: str) -> dict[str, Any]:
    (only,) = template(evaluation, job)["spec"]["containers"]
    return only


@pytest.mark.parametrize("job", JOBS)
def test_a_job_has_no_fixed_name_and_no_time_to_live(stack: Evaluation, job: str) -> None:
    inputs = stack[job].inputs
    assert "name" not in inputs["metadata"], "a fixed name can't be replaced by a new Job"
    assert "ttlSecondsAfterFinished" not in inputs["spec"]


@pytest.mark.parametrize("job", JOBS)
def test_a_new_image_creates_a_new_job(dev: Evaluation, job: str) -> None:
    later = evaluated("dev", image={"tag": "3.2.3"})
    assert container(later, job)["image"] == "apache/airflow:3.2.3"
    assert template(later, job) != template(dev, job)


@pytest.mark.parametrize(
    ("entry", "again"),
    [
        ("database", set(JOBS)),
        ("fernetKey", set(JOBS)),
        ("admin", {"admin-job"}),
        ("apiKey", set()),
    ],
)
def test_a_rotation_runs_the_jobs_that_read_the_secret(
    dev: Evaluation, entry: str, again: set[str]
) -> None:
    rotated = evaluated("dev", secrets={entry: {"rotation": 2}})
    assert {job for job in JOBS if template(rotated, job) != template(dev, job)} == again


def test_the_password_of_the_admin_is_no_argument_of_its_job(stack: Evaluation) -> None:
    script = container(stack, "admin-job")["args"][-1]
    assert '"$ADMIN_PASSWORD"' in script
    create, reset = script.index("airflow users create"), script.index("users reset-password")
    assert create < reset, "otherwise an existing admin user keeps the old password"
    assert "--password" not in script
    (password,) = (e for e in container(stack, "admin-job")["env"] if e["name"] == "ADMIN_PASSWORD")
    assert password["valueFrom"]["secretKeyRef"] == {"name": "airflow-admin", "key": "password"}


@pytest.mark.parametrize("job", JOBS)
def test_the_timeout_of_a_job_is_that_of_the_release(
    dev: Evaluation, prod: Evaluation, job: str
) -> None:
    assert dev[job].timeouts["create"] == "15m"
    assert prod[job].timeouts["create"] == "30m"
