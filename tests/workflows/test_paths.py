"""Which workflows and jobs run for a pull request of a fork, of this repository, and for main."""

import re

from tests.conftest import settings_of
from tests.workflows.reading import WORKFLOWS

OURS = "github.event.pull_request.head.repo.full_name == github.repository"


def test_code_of_a_fork_runs_without_permissions() -> None:
    for workflow, name in (("preview", "look"), ("test", "test")):
        job = WORKFLOWS[workflow]["jobs"][name]
        assert job["permissions"] == {"contents": "read"}
        assert "environment" not in job
        assert "if" not in job, "a fork's pull request is looked at too"


def test_jobs_with_permissions_run_only_for_branches_of_this_repository() -> None:
    jobs = WORKFLOWS["preview"]["jobs"]
    with_rights = {name for name, job in jobs.items() if "write" in job["permissions"].values()}
    assert with_rights == {"engine", "comment"}
    assert all(OURS in jobs[name]["if"] for name in with_rights)


def test_code_of_main_writes_the_comment_for_a_fork() -> None:
    workflow = WORKFLOWS["comment"]
    assert workflow["on"] == {"workflow_run": {"workflows": ["preview"], "types": ["completed"]}}
    (job,) = workflow["jobs"].values()
    assert "event == 'pull_request'" in job["if"]
    assert "head_repository.full_name != github.repository" in job["if"]
    checkout, *rest = job["steps"]
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert not [step for step in rest if "artifact" in step.get("uses", "")], (
        "the artifact is read in memory, by `github from-fork`, and never unpacked"
    )
    scripts = [step["run"] for step in rest if "run" in step]
    assert scripts == [
        "make setup",
        "./airflow-platform github from-fork dev prod",
    ]
    assert "head_sha" not in str(job["steps"])


def test_later_checks_of_a_pull_request_run_although_one_failed() -> None:
    steps = WORKFLOWS["preview"]["jobs"]["look"]["steps"]
    first = next(number for number, step in enumerate(steps) if step.get("id") == "diff")
    assert [step["if"] for step in steps[first + 1 :]] == ["${{ !cancelled() }}"] * 5


def test_a_new_push_to_a_pull_request_cancels_the_older_preview() -> None:
    assert WORKFLOWS["preview"]["concurrency"] == {
        "group": "preview-${{ github.event.pull_request.number }}",
        "cancel-in-progress": "true",
    }


def test_main_is_deployed_to_dev_and_after_an_approval_to_prod() -> None:
    workflow = WORKFLOWS["deploy"]
    assert workflow["on"]["push"] == {"branches": ["main"]}
    dev, prod = workflow["jobs"]["dev"], workflow["jobs"]["prod"]
    assert [dev["environment"], prod["environment"]] == ["dev", "prod"]
    assert prod["needs"] == "dev"
    for job in (dev, prod):
        assert "github.ref == 'refs/heads/main'" in job["if"]


def test_deployments_of_a_stack_run_one_by_one_and_are_not_cancelled() -> None:
    for stack in ("dev", "prod"):
        assert WORKFLOWS["deploy"]["jobs"][stack]["concurrency"] == {
            "group": f"deploy-{stack}",
            "cancel-in-progress": "false",
        }
    assert "concurrency" not in WORKFLOWS["deploy"], "dev would wait for the approval of prod"


def test_a_deployment_ends_with_a_check_of_airflows_health() -> None:
    for stack in ("dev", "prod"):
        scripts = [s["run"] for s in WORKFLOWS["deploy"]["jobs"][stack]["steps"] if "run" in s]
        up, status = scripts
        assert up == f"./airflow-platform up {stack} --yes"
        assert f"./airflow-platform status {stack}" in status


def test_the_timeout_of_an_update_is_longer_than_that_of_helm() -> None:
    for stack in ("dev", "prod"):
        minutes = int(WORKFLOWS["deploy"]["jobs"][stack]["timeout-minutes"])
        assert minutes >= 2 * settings_of(stack).chart.timeout_minutes


def test_a_deployment_without_a_backend_prints_a_notice() -> None:
    unset = WORKFLOWS["deploy"]["jobs"]["unset"]
    assert unset["if"] == "${{ vars.PULUMI_BACKEND_URL == '' }}"
    assert "PULUMI_BACKEND_URL is not set" in unset["steps"][0]["run"]


def test_every_job_with_access_to_a_stack_has_its_own_environment() -> None:
    environments = {
        f"{workflow}.{name}": job["environment"]
        for workflow, fields in WORKFLOWS.items()
        for name, job in fields["jobs"].items()
        if "environment" in job
    }
    assert environments == {
        "preview.engine": "preview-${{ matrix.stack }}",
        "deploy.dev": "dev",
        "deploy.prod": "prod",
        "drift.drift": "drift-${{ matrix.stack }}",
    }
    with_identity = {
        f"{workflow}.{name}"
        for workflow, fields in WORKFLOWS.items()
        for name, job in fields["jobs"].items()
        if "id-token" in job["permissions"]
    }
    assert with_identity == set(environments), "an identity without one could take any role"


def test_nightly_workflows_run_at_different_times_and_on_demand() -> None:
    times = [WORKFLOWS[name]["on"]["schedule"][0]["cron"] for name in ("e2e", "drift")]
    assert len(set(times)) == 2
    assert all(re.fullmatch(r"[1-9]\d? \d \* \* \*", time) for time in times)
    assert all("workflow_dispatch" in WORKFLOWS[name]["on"] for name in ("e2e", "drift"))
