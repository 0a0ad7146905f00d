"""The command line."""

from pathlib import Path

import pytest

from airflow_k8s.commands.deploy.command import main
from tests.commands.deploy.conftest import Scene


@pytest.mark.parametrize("command", ["up", "down"])
def test_what_changes_something_is_refused_where_nobody_can_be_asked(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command]) == 1
    assert f"{command}: this is no terminal" in capsys.readouterr().err


@pytest.mark.usefixtures("path")
def test_a_problem_is_told_in_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--yes", "--stack", "prod"]) == 1
    assert capsys.readouterr().err.startswith("up: the Pulumi CLI is not on PATH")


@pytest.mark.usefixtures("scene")
def test_a_status_without_a_stack_on_the_cluster_is_a_problem(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["status", "--json", str(tmp_path / "status.json")]) == 1
    assert "status: nothing of dev is in kind-airflow" in capsys.readouterr().err


def test_up_takes_what_it_is_told(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    scene.pulumi(status_of_preview=1)
    assert main(["up", "--yes", "--no-diff", "--no-policies", "--refresh"]) == 1
    assert "nothing was changed" in capfd.readouterr().out
    (asked,) = scene.asked()
    assert asked.startswith("preview --refresh --stack dev")
