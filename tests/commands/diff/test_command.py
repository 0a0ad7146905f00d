"""`make diff`, as a person uses it: on this repository's own history."""

import json
from pathlib import Path

import pytest

from airflow_k8s.commands.diff.command import main
from airflow_k8s.rendering.revision import short
from airflow_k8s.toolchain.command import CommandError
from tests.conftest import PROGRAM, STACKS
from tests.rendering.conftest import official_chart

pytestmark = pytest.mark.chart

BEFORE_HARDENING = "6b1907f"
"""The commit before the platform got its own roles and network policies."""


@pytest.fixture(autouse=True)
def chart() -> None:
    official_chart()


@pytest.fixture
def history() -> None:
    try:
        short(PROGRAM, BEFORE_HARDENING)
    except CommandError as error:
        pytest.skip(f"the history is not all here: {error}")


@pytest.mark.usefixtures("history")
def test_it_tells_what_became_of_a_stack_since_a_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comment, document = tmp_path / "comment.md", tmp_path / "all.json"
    arguments = ["--base", BEFORE_HARDENING, "--markdown", str(comment), "--json", str(document)]
    assert main(["--stack", "prod", "--strict", *arguments]) == 0
    messages = capsys.readouterr().out
    for line in (
        "- Role/airflow-pod-launcher-role  create list get patch watch delete pods",
        "ServiceAccount airflow-triggerer  may no longer create patch pods, create get pods/exec",
        "every pod, migration, scheduler, task and 1 more  all is denied on the way in now",
    ):
        assert line in messages, messages
    assert "### prod: " in comment.read_text()
    (stack,) = json.loads(document.read_text())["stacks"]
    assert stack["stack"] == "prod"
    assert stack["base"] == short(PROGRAM, BEFORE_HARDENING)


@pytest.mark.usefixtures("history")
def test_without_a_stack_it_tells_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--base", BEFORE_HARDENING, "--strict"]) == 0
    messages = capsys.readouterr().out.splitlines()
    headlines = [line.split()[0] for line in messages if ", against " in line]
    assert headlines == list(STACKS)


def test_a_revision_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stack", "dev", "--base", "no-such-thing"]) == 1
    messages = capsys.readouterr()
    assert "diff: dev: there is no revision no-such-thing" in messages.err
    assert messages.out == ""
