"""Which way a change goes: a fork's, one of this repository, and what is on main."""

import re

from tests.conftest import settings_of
from tests.workflows.reading import WORKFLOWS

OURS = "github.event.pull_request.head.repo.full_name == github.repository"


def test_what_a_fork_may_have_written_is_run_without_rights() -> None:
    for workflow, name in (("preview", "look"), ("test", "test")):
        job = WORKFLOWS[workflow]["jobs"][name]
        assert job["permissions"] == {"contents": "read"}
        assert "environment" not in job
        assert "if" not in job, "a fork's pull request is looked at too"


def test_what_has_rights_in_a_preview_is_for_branches_of_this_repository_alone() -> None:
    jobs = WORKFLOWS["preview"]["jobs"]
    with_rights = {name for name, job in jobs.items() if "write" in job["permissions"].values()}
    assert with_rights == {"engine", "comment"}
    assert all(OURS in jobs[name]["if"] for name in with_rights)


def test_a_forks_text_is_written_by_what_is_on_main() -> None:
    workflow = WORKFLOWS["comment"]
    assert workflow["on"] == {"workflow_run": {"workflows": ["preview"], "types": ["completed"]}}
    (job,) = workflow["jobs"].values()
    assert "event == 'pull_request'" in job["if"]
    assert "head_repository.full_name != github.repository" in job["if"]
    checkout, *rest = job["steps"]
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert not [each for each in rest if "artifact" in each.get("uses", "")], (
        "the artifact is read in memory, by `github from-fork`, and never unpacked"
    )
    scripts = [each["run"] for each in rest if "run" in each]
    assert scripts == [
        "make setup",
        "./airflow-platform github from-fork dev prod",
    ]
    assert "head_sha" not in str(job["steps"])


def test_what_looks_at_a_pull_request_looks_at_the_rest_although_something_failed() -> None:
    steps = WORKFLOWS["preview"]["jobs"]["look"]["steps"]
    first = next(number for number, each in enumerate(steps) if each.get("id") == "diff")
    assert [each["if"] for each in steps[first + 1 :]] == ["${{ !cancelled() }}"] * 5


def test_a_newer_push_to_a_pull_request_ends_the_preview_of_the_older() -> None:
    assert WORKFLOWS["preview"]["concurrency"] == {
        "group": "preview-${{ github.event.pull_request.number }}",
        "cancel-in-progress": "true",
    }


def test_what_is_on_main_goes_to_dev_and_then_to_prod_which_somebody_approves() -> None:
    workflow = WORKFLOWS["deploy"]
    assert workflow["on"]["push"] == {"branches": ["main"]}
    dev, prod = workflow["jobs"]["dev"], workflow["jobs"]["prod"]
    assert [dev["environment"], prod["environment"]] == ["dev", "prod"]
    assert prod["needs"] == "dev"
    for job in (dev, prod):
        assert "github.ref == 'refs/heads/main'" in job["if"]


def test_a_stack_is_brought_up_once_at_a_time_and_never_cut_short() -> None:
    for stack in ("dev", "prod"):
        assert WORKFLOWS["deploy"]["jobs"][stack]["concurrency"] == {
            "group": f"deploy-{stack}",
            "cancel-in-progress": "false",
        }
    assert "concurrency" not in WORKFLOWS["deploy"], "dev would wait for the approval of prod"


def test_after_it_is_up_airflows_health_is_looked_at() -> None:
    for stack in ("dev", "prod"):
        scripts = [s["run"] for s in WORKFLOWS["deploy"]["jobs"][stack]["steps"] if "run" in s]
        up, status = scripts
        assert up == f"./airflow-platform up {stack} --yes"
        assert f"./airflow-platform status {stack}" in status


def test_an_update_has_longer_than_helm_waits() -> None:
    for stack in ("dev", "prod"):
        minutes = int(WORKFLOWS["deploy"]["jobs"][stack]["timeout-minutes"])
        assert minutes >= 2 * settings_of(stack).chart.timeout_minutes


def test_where_no_backend_is_set_a_deployment_says_so() -> None:
    unset = WORKFLOWS["deploy"]["jobs"]["unset"]
    assert unset["if"] == "${{ vars.PULUMI_BACKEND_URL == '' }}"
    assert "PULUMI_BACKEND_URL is not set" in unset["steps"][0]["run"]


def test_each_way_into_a_stack_has_an_environment_of_its_own() -> None:
    environments = {
        f"{workflow}.{name}": job["environment"]
        for workflow, said in WORKFLOWS.items()
        for name, job in said["jobs"].items()
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
        for workflow, said in WORKFLOWS.items()
        for name, job in said["jobs"].items()
        if "id-token" in job["permissions"]
    }
    assert with_identity == set(environments), "an identity without one could take any role"


def test_the_nightly_ones_run_at_different_times_and_on_demand() -> None:
    times = [WORKFLOWS[each]["on"]["schedule"][0]["cron"] for each in ("e2e", "drift")]
    assert len(set(times)) == 2
    assert all(re.fullmatch(r"[1-9]\d? \d \* \* \*", each) for each in times)
    assert all("workflow_dispatch" in WORKFLOWS[each]["on"] for each in ("e2e", "drift"))
