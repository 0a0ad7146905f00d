"""The command `diff`, as a person uses it."""

import json
from pathlib import Path

import pytest

from airflow_k8s.cli import main
from airflow_k8s.rendering.revision import short
from dev.program_copy import Edit, ProgramChange, commit_before
from tests.conftest import STACKS
from tests.rendering.conftest import official_chart

pytestmark = pytest.mark.chart

BEFORE_LEAST_PRIVILEGE = ProgramChange(
    settings={"network": {"isolate": False}},
    edits=[
        Edit(
            file="components/pod_access.py",
            find='"cleanup": (_rule("pods", "list", "delete"),),',
            replace='"cleanup": (_rule("pods", "list", "create"),), "old": (),',
        )
    ],
)
"""Prod without network policies, with other rights for the clean-up and with one more role."""


@pytest.fixture(autouse=True)
def chart() -> None:
    official_chart()


@pytest.fixture
def revision(program: Path) -> str:
    """The revision with less security; the checkout after it is this program."""
    commit_before(BEFORE_LEAST_PRIVILEGE, program, "prod")
    return short(program, "HEAD")


def test_the_command_reports_what_changed_since_a_revision(
    program: Path, revision: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comment, document = tmp_path / "comment.md", tmp_path / "all.json"
    arguments = ["--base", revision, "--markdown", str(comment), "--json", str(document)]
    assert main(["-C", str(program), "diff", "prod", "--strict", *arguments]) == 0
    assert "- Role/airflow-old" in capsys.readouterr().out
    assert "### prod: " in comment.read_text()
    (stack,) = json.loads(document.read_text())["stacks"]
    assert (stack["stack"], stack["base"]) == ("prod", revision)
    actions = {
        f"{change['kind']}/{change['name']}": change["action"] for change in stack["changes"]
    }
    assert actions["Role/airflow-old"] == "removed"
    assert actions["NetworkPolicy/airflow-default-deny"] == "added"
    consequences = stack["consequences"]
    messages = [found["message"] for found in consequences if found["kind"] == "permission"]
    assert messages == ["may now delete pods; may no longer create pods"]
    isolated = {found["subject"] for found in consequences if found["reason"] == "isolated"}
    assert {"every pod", "migration", "scheduler", "task", "worker"} <= isolated


def test_without_a_stack_the_command_compares_all_stacks(
    program: Path, revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-C", str(program), "diff", "--base", revision, "--strict"]) == 0
    headlines = [
        line.split()[0] for line in capsys.readouterr().out.splitlines() if f" {revision}" in line
    ]
    assert headlines == list(STACKS)


def test_a_revision_that_does_not_exist_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "dev", "--base", "no-such-thing"]) == 1
    messages = capsys.readouterr()
    assert "diff: dev: there is no revision no-such-thing" in messages.err
    assert messages.out == ""
