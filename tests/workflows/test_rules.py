"""What every workflow is held to: it may do little, and is told exactly what it runs."""

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
"""What each job may write; every other job may write nothing."""

JOBS = [pytest.param(*each, id=f"{each[0]}.{each[1]}") for each in jobs()]
FILES = sorted(FOLDER.glob("*/*.yml")) + sorted(FOLDER.glob("*/*/*.yml"))


def test_the_workflows_are_those_that_the_documentation_tells_of() -> None:
    told = set(re.findall(r"`(\w+)\.yml`", (PROGRAM / "docs" / "ci.md").read_text()))
    assert told == set(WORKFLOWS)
    assert {"test", "preview", "comment", "deploy", "drift", "e2e"} == set(WORKFLOWS)


def test_every_file_of_workflows_and_actions_is_looked_at() -> None:
    """A workflow called .yaml would be one for GitHub, and none for these tests."""
    assert sorted(file for file in FOLDER.rglob("*") if file.is_file()) == sorted(FILES)
    assert len(FILES) == len(WORKFLOWS) + len(ACTIONS)


def test_actionlint_finds_nothing() -> None:
    assert findings(find_actionlint(lambda _: None)) == ""


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    lines = [line for file in FILES for line in file.read_text().splitlines() if "uses:" in line]
    others = [line for line in lines if "uses: ./" not in line]
    pinned = re.compile(r"[- ]+uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [line for line in others if not pinned.fullmatch(line)] == []
    assert len(lines) == len([each for each in steps() if each.uses]), "a line was not seen"


def test_a_repository_of_actions_is_used_at_one_commit_everywhere() -> None:
    commits: dict[str, set[str]] = {}
    for name, _, commit in (each.uses.partition("@") for each in steps() if "@" in each.uses):
        commits.setdefault("/".join(name.split("/")[:2]), set()).add(commit)
    assert {name: found for name, found in commits.items() if len(found) > 1} == {}


def test_an_action_of_our_own_is_there() -> None:
    ours = {each.uses for each in steps() if each.uses.startswith("./")}
    assert ours == {f"./.github/actions/{name}" for name in ACTIONS}


def test_no_workflow_runs_a_pull_requests_code_with_this_repositorys_rights() -> None:
    assert [name for name, said in WORKFLOWS.items() if "pull_request_target" in said["on"]] == []


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_may_do_what_it_must_and_no_more(workflow: str, name: str, job: Any) -> None:
    assert WORKFLOWS[workflow]["permissions"] == {}, "what a job does not name it would have"
    granted = job["permissions"]
    writes = {scope for scope, level in granted.items() if level == "write"}
    assert writes == WRITES.get((workflow, name), set())
    reads = {scope: level for scope, level in granted.items() if scope not in writes}
    assert set(reads) <= {"contents", "actions"}
    assert set(reads.values()) <= {"read"}


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_ends_and_runs_on_what_does_not_change_under_it(
    workflow: str, name: str, job: Any
) -> None:
    assert 0 < int(job["timeout-minutes"]) <= 90, f"{workflow}.{name} would hang for six hours"
    assert re.fullmatch(r"ubuntu-\d\d\.\d\d", job["runs-on"])


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_is_not_done_twice_at_once(workflow: str, name: str, job: Any) -> None:
    if (workflow, name) == ("deploy", "unset"):  # it only says something
        return
    said = job.get("concurrency") or WORKFLOWS[workflow]["concurrency"]
    assert said["group"]
    assert said["cancel-in-progress"]


def test_a_checkout_leaves_no_token_behind() -> None:
    checkouts = [each for each in steps() if each.uses.startswith("actions/checkout@")]
    assert len(checkouts) == len(JOBS) - 1, "every job but the one that only says something"
    assert {each.said["with"]["persist-credentials"] for each in checkouts} == {"false"}


def test_a_script_holds_nothing_that_github_fills_in() -> None:
    """What anybody may have written goes in by the environment, where it is no code."""
    assert [each.where for each in steps() if "${{" in each.script] == []


def test_no_step_may_fail_unseen() -> None:
    assert [each.where for each in steps() if "continue-on-error" in each.said] == []


def test_every_shell_stops_at_the_first_error() -> None:
    assert {said["defaults"]["run"]["shell"] for said in WORKFLOWS.values()} == {STRICT}
    assert [name for _, name, job in jobs() if "defaults" in job] == []
    own = {step.where: step.said["shell"] for step in steps() if "shell" in step.said}
    assert set(own.values()) == {STRICT}
    scripts = [
        f"{name}[{n}]"
        for name, said in ACTIONS.items()
        for n, step in enumerate(said["runs"]["steps"])
        if "run" in step
    ]
    assert sorted(own) == sorted(scripts), "an action has no default"


def test_only_what_writes_a_comment_or_an_issue_is_given_the_token() -> None:
    given = [each for each in steps() if "GITHUB_TOKEN" in each.said.get("env", {})]
    assert len(given) == 4
    for each in given:
        assert each.script.count("./airflow-platform github ") == 1
        assert each.said["env"]["GITHUB_TOKEN"] == "${{ github.token }}"
    assert [each.where for each in steps() if "secrets." in str(each.said)] == []


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_no_stack_is_forgotten(workflow: str, name: str, job: Any) -> None:
    there = stack_names(PROGRAM)
    assert job.get("strategy", {}).get("matrix", {}).get("stack", there) == there
    for step in job["steps"]:
        several = re.findall(r"github (?:comment|from-fork) ([a-z ]+)", step.get("run", ""))
        assert [named.split() for named in several] in ([], [there]), f"{workflow}.{name}"


def test_the_supported_pythons_start_at_the_one_that_the_project_names() -> None:
    tried = WORKFLOWS["test"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    project = tomllib.loads((PROGRAM / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={tried[0]}"
    assert tried == [f"3.{minor}" for minor in range(11, 11 + len(tried))]


def test_the_engine_is_of_the_version_that_the_program_imports() -> None:
    asked = {
        f"pulumi=={each.said['with']['pulumi-version']}"
        for each in steps()
        if each.uses.startswith("pulumi/actions@")
    }
    assert len(asked) == 1
    assert asked <= set((PROGRAM / "requirements.txt").read_text().split())
