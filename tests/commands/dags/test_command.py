"""The command `dags`."""

from pathlib import Path

import pytest

from airflow_k8s.cli import main
from tests.dags.conftest import write

pytestmark = pytest.mark.chart


def test_the_repositorys_dags_are_shown_on_a_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dags", "prod"]) == 0
    shown = capsys.readouterr().out
    assert "kubernetes_pipeline  schedule '0 0 * * *'" in shown
    assert "on nodes accelerator=nvidia-tesla-v100" in shown


def test_a_broken_dag_is_shown_and_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "mine.py", "from airflow.sdk import DAG\nd = DAG(nowhere)")
    assert main(["dags", "dev", "--dags", str(tmp_path), "--output", "yaml"]) == 1
    messages = capsys.readouterr()
    assert messages.out == ""
    assert "mine.py can't be imported:" in messages.err
    assert "name 'nowhere' is not defined" in messages.err


def test_a_folder_without_a_dag_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dags", "dev", "--dags", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"dags: no DAG was found in {tmp_path}"


def test_a_folder_that_is_none_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dags", "dev", "--dags", "nowhere"]) == 1
    assert capsys.readouterr().err == "dags: nowhere is not a folder\n"
