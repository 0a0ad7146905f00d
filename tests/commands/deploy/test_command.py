"""The command line."""

from pathlib import Path

import pytest

from airflow_k8s.cli import main
from tests.commands.deploy.conftest import Scene


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_change_without_a_confirmation_is_refused_if_the_input_is_no_terminal(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "dev"]) == 1
    assert f"{command}: this is not a terminal" in capsys.readouterr().err


@pytest.mark.usefixtures("path")
def test_an_error_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "prod", "--yes"]) == 1
    assert capsys.readouterr().err.startswith("up: the Pulumi CLI is not on PATH")


@pytest.mark.usefixtures("scene")
def test_the_status_of_a_stack_that_is_not_deployed_is_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["status", "dev", "--json", str(tmp_path / "status.json")]) == 1
    assert "status: dev is not deployed in kind-airflow" in capsys.readouterr().err


def test_the_options_of_up_reach_pulumi(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    scene.pulumi(status_of_preview=1)
    assert main(["up", "dev", "--yes", "--no-diff", "--no-policies", "--refresh"]) == 1
    assert "nothing was changed" in capfd.readouterr().out
    (change,) = scene.changes()
    assert change.startswith("preview --refresh --stack dev")
