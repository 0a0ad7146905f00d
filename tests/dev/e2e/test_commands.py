"""The programs that a deployer runs."""

import os
import sys
from pathlib import Path

import pytest

from airflow_k8s.toolchain.command import CommandError
from dev.e2e.deployer import Commands


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(folder=tmp_path, logs=tmp_path, environment=os.environ)


def test_the_output_of_each_command_is_kept(commands: Commands, tmp_path: Path) -> None:
    commands.run([sys.executable, "-c", "print('one')"], "first")
    commands.run([sys.executable, "-c", "print('two')"], "second")
    assert (tmp_path / "01-first.log").read_text() == "one\n"
    assert (tmp_path / "02-second.log").read_text() == "two\n"


def test_a_command_that_fails_is_told_with_its_last_words(commands: Commands) -> None:
    with pytest.raises(CommandError, match=r"(?s)it ended with 3;.*\nbecause"):
        commands.run([sys.executable, "-c", "print('because'); raise SystemExit(3)"], "it")
