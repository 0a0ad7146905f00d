"""Rules for all workflows: they have few permissions, and everything that they run is pinned."""

import re
import tomllib
from typing import Any

import pytest

from airflow_k8s.console.project import stack_names
from airflow_k8s.toolchain.actionlint import find_actionlint
from dev.workflows import findings
from tests.conftest import PROGRAM
from tests.workflows.reading import ACTIONS, FOLDER, STRICT, WORKFLOWS, jobs, steps

WRITES = {
    ("preview", "engine"): {"id-token"},
    ("preview", "comment"): {"pull-requests"},
    ("comment", "comment"): {"pull-requests"},
    ("deploy", "dev"): {"id-token"},
    ("deploy", "prod"): {"id-token"},
    ("drift", "drift"): {"id-token", "issues"},
}
"""(workflow, job) -> scopes that it may write; a job that is not listed may write nothing."""

JOBS = [pytest.param(*job, id=f"{job[0]}.{job[1]}") for job in jobs()]
FILES = sorted(FOLDER.glob("*/*.yml")) + sorted(FOLDER.glob("*/*/*.yml"))


def test_the_documentation_lists_all_workflows() -> None:
    listed = set(re.findall(r"`(\w+)\.yml`", (PROGRAM / "docs" / "ci.md").read_text()))
    assert listed == set(WORKFLOWS)
    assert {"test", "preview", "comment", "deploy", "drift", "e2e"} == set(WORKFLOWS)


def test_these_tests_read_every_file_of_workflows_and_actions() -> None:
    """GitHub also runs a workflow with the extension .yaml, but these tests would not read it."""
    assert sorted(file for file in FOLDER.rglob("*") if file.is_file()) == sorted(FILES)
    assert len(FILES) == len(WORKFLOWS) + len(ACTIONS)


def test_actionlint_finds_no_problem() -> None:
    assert findings(find_actionlint(lambda _: None)) == ""


def test_every_action_is_pinned_by_a_commit_with_its_version_in_a_comment() -> None:
    lines = [line for file in FILES for line in file.read_text().splitlines() if "uses:" in line]
    others = [line for line in lines if "uses: ./" not in line]
    pinned = re.compile(r"[- ]+uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [line for line in others if not pinned.fullmatch(line)] == []
    assert len(lines) == len([step for step in steps() if step.uses]), "a line was not read"


def test_a_repository_of_actions_is_used_at_one_commit_everywhere() -> None:
    commits: dict[str, set[str]] = {}
    for name, _, commit in (step.uses.partition("@") for step in steps() if "@" in step.uses):
        commits.setdefault("/".join(name.split("/")[:2]), set()).add(commit)
    assert {name: found for name, found in commits.items() if len(found) > 1} == {}


def test_every_local_action_that_is_used_exists() -> None:
    ours = {step.uses for step in steps() if step.uses.startswith("./")}
    assert ours == {f"./.github/actions/{name}" for name in ACTIONS}


def test_no_workflow_runs_a_pull_requests_code_with_this_repositorys_rights() -> None:
    assert [
        name for name, fields in WORKFLOWS.items() if "pull_request_target" in fields["on"]
    ] == []


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_has_only_the_permissions_that_it_needs(workflow: str, name: str, job: Any) -> None:
    assert WORKFLOWS[workflow]["permissions"] == {}, (
        "a job would inherit permissions that it does not list"
    )
    granted = job["permissions"]
    writes = {scope for scope, level in granted.items() if level == "write"}
    assert writes == WRITES.get((workflow, name), set())
    reads = {scope: level for scope, level in granted.items() if scope not in writes}
    assert set(reads) <= {"contents", "actions"}
    assert set(reads.values()) <= {"read"}


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_has_a_timeout_and_a_fixed_runner_image(workflow: str, name: str, job: Any) -> None:
    assert 0 < int(job["timeout-minutes"]) <= 90, f"{workflow}.{name} could run for six hours"
    assert re.fullmatch(r"ubuntu-\d\d\.\d\d", job["runs-on"])


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_does_not_run_twice_at_the_same_time(workflow: str, name: str, job: Any) -> None:
    if (workflow, name) == ("deploy", "unset"):  # it only prints a notice
        return
    concurrency = job.get("concurrency") or WORKFLOWS[workflow]["concurrency"]
    assert concurrency["group"]
    assert concurrency["cancel-in-progress"]


def test_a_checkout_does_not_store_a_token() -> None:
    checkouts = [step for step in steps() if step.uses.startswith("actions/checkout@")]
    assert len(checkouts) == len(JOBS) - 1, "every job but the one that only prints a notice"
    assert {step.fields["with"]["persist-credentials"] for step in checkouts} == {"false"}


def test_a_script_contains_no_expression_of_github() -> None:
    """Text that anyone can write comes from the environment, where it is not executed."""
    assert [step.where for step in steps() if "${{" in step.script] == []


def test_no_step_ignores_its_failure() -> None:
    assert [step.where for step in steps() if "continue-on-error" in step.fields] == []


def test_every_shell_stops_at_the_first_error() -> None:
    assert {fields["defaults"]["run"]["shell"] for fields in WORKFLOWS.values()} == {STRICT}
    assert [name for _, name, job in jobs() if "defaults" in job] == []
    own = {step.where: step.fields["shell"] for step in steps() if "shell" in step.fields}
    assert set(own.values()) == {STRICT}
    scripts = [
        f"{name}[{n}]"
        for name, fields in ACTIONS.items()
        for n, step in enumerate(fields["runs"]["steps"])
        if "run" in step
    ]
    assert sorted(own) == sorted(scripts), "an action has no default shell"


def test_only_steps_that_write_a_comment_or_an_issue_have_the_token() -> None:
    given = [step for step in steps() if "GITHUB_TOKEN" in step.fields.get("env", {})]
    assert len(given) == 4
    for step in given:
        assert step.script.count("./airflow-platform github ") == 1
        assert step.fields["env"]["GITHUB_TOKEN"] == "${{ github.token }}"
    assert [step.where for step in steps() if "secrets." in str(step.fields)] == []


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_every_job_covers_all_stacks(workflow: str, name: str, job: Any) -> None:
    stacks = stack_names(PROGRAM)
    assert job.get("strategy", {}).get("matrix", {}).get("stack", stacks) == stacks
    for step in job["steps"]:
        several = re.findall(r"github (?:comment|from-fork) ([a-z ]+)", step.get("run", ""))
        assert [named.split() for named in several] in ([], [stacks]), f"{workflow}.{name}"


def test_the_oldest_tested_python_is_that_of_the_project() -> None:
    tested = WORKFLOWS["test"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    project = tomllib.loads((PROGRAM / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={tested[0]}"
    assert tested == [f"3.{minor}" for minor in range(11, 11 + len(tested))]


def test_the_pulumi_cli_has_the_version_of_the_pulumi_package() -> None:
    versions = {
        f"pulumi=={step.fields['with']['pulumi-version']}"
        for step in steps()
        if step.uses.startswith("pulumi/actions@")
    }
    assert len(versions) == 1
    assert versions <= set((PROGRAM / "requirements.txt").read_text().split())
