"""The commands that a deployer runs."""

import os
import sys
from pathlib import Path

import pytest

from airflow_k8s.toolchain.command import CommandError
from dev.e2e.deployer import CommandRunner


@pytest.fixture
def runner(tmp_path: Path) -> CommandRunner:
    return CommandRunner(folder=tmp_path, logs=tmp_path, environment=os.environ)


def test_the_output_of_every_command_is_in_a_log_file(
    runner: CommandRunner, tmp_path: Path
) -> None:
    runner.run([sys.executable, "-c", "print('one')"], "first")
    runner.run([sys.executable, "-c", "print('two')"], "second")
    assert (tmp_path / "01-first.log").read_text() == "one\n"
    assert (tmp_path / "02-second.log").read_text() == "two\n"


def test_a_failed_command_raises_an_error_with_its_last_lines(runner: CommandRunner) -> None:
    with pytest.raises(CommandError, match=r"(?s)it ended with exit code 3;.*\nbecause"):
        runner.run([sys.executable, "-c", "print('because'); raise SystemExit(3)"], "it")
