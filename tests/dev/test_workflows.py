"""What actionlint finds in a repository's workflows."""

from pathlib import Path

import pytest

from airflow_k8s.cli import main
from airflow_k8s.toolchain.actionlint import find_actionlint
from airflow_k8s.toolchain.command import CommandError
from dev import workflows
from tests.programs import program

WORKFLOW = """\
name: build
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: make test
"""


@pytest.fixture(scope="session")
def real() -> Path:
    return find_actionlint(lambda _: None)


def repository(folder: Path, text: str) -> Path:
    """One with a workflow."""
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "build.yml").write_text(text)
    return folder


def test_a_workflow_that_github_takes_has_no_fault(real: Path, tmp_path: Path) -> None:
    assert workflows.findings(real, repository(tmp_path, WORKFLOW)) == ""


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("runs-on: ubuntu-24.04", "runs-on: ubuntu-10.04", 'label "ubuntu-10.04" is unknown'),
        ("permissions: {}", "permissions: {wiki: read}", 'unknown permission scope "wiki"'),
        ("make test", "make ${{ github.event.pull_request.title }}", "potentially untrusted"),
        ("make test", "make ${{ env.what }", "got unexpected EOF"),
    ],
)
def test_what_github_would_refuse_or_anybody_could_abuse_is_named_with_its_line(
    real: Path, tmp_path: Path, before: str, after: str, fault: str
) -> None:
    text = WORKFLOW.replace(before, after)
    line = text.splitlines().index(next(each for each in text.splitlines() if after in each)) + 1
    found = workflows.findings(real, repository(tmp_path, text))
    assert fault in found
    assert f"build.yml:{line}:" in found


def test_scripts_are_given_to_the_shellcheck_on_path(
    real: Path, path: Path, tmp_path: Path
) -> None:
    told = '[{"file":"-","line":1,"endLine":1,"column":1,"endColumn":1,"level":"info","code":2086,'
    told += '"message":"Quote it","fix":null}]'
    program(path / "shellcheck", f"cat >/dev/null; echo '{told}'; exit 1")
    found = workflows.findings(real, repository(tmp_path / "program", WORKFLOW))
    assert "Quote it" in found


def test_a_repository_without_workflows_does_not_pass_for_one_without_faults(
    real: Path, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="has no workflow"):
        workflows.findings(real, tmp_path)


def test_without_shellcheck_a_message_says_that_scripts_are_not_checked(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(path / "actionlint", "echo 1.7.7")
    assert main(["dev", "workflows"]) == 0
    assert "shellcheck is not on PATH" in capsys.readouterr().err


def test_findings_are_printed_and_end_with_exit_code_1(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(path / "shellcheck", "")
    program(path / "actionlint", '[ "$1" = --version ] && echo 1.7.7 && exit; echo fault; exit 1')
    assert main(["dev", "workflows"]) == 1
    assert capsys.readouterr().err == "fault\n"


def test_an_actionlint_that_fails_is_an_error_with_its_message(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(path / "shellcheck", "")
    script = '[ "$1" = --version ] && echo 1.7.7 && exit; echo no config >&2; exit 3'
    program(path / "actionlint", script)
    assert main(["dev", "workflows"]) == 1
    assert capsys.readouterr().err == "workflows: no config\n"
