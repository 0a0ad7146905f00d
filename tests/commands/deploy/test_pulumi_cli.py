"""The Pulumi CLI: found, run, and its locks read."""

import json
import os
import signal
from pathlib import Path
from threading import Timer

import pytest

from airflow_k8s.commands.deploy.pulumi_cli import Pulumi, find_pulumi, lock_files
from airflow_k8s.errors import UserError
from tests.commands.deploy.recorded import LOCK


def program(folder: Path, script: str) -> Path:
    made = folder / "pulumi"
    made.write_text(f"#!/bin/sh\n{script}\n")
    made.chmod(0o755)
    return made


def pulumi(folder: Path, script: str) -> Pulumi:
    return Pulumi(
        program=program(folder, script), folder=folder, stack="dev", environment=os.environ
    )


def test_without_the_cli_the_official_command_is_shown_and_not_run(path: Path) -> None:
    assert not list(path.iterdir())
    with pytest.raises(UserError, match=r"not on PATH; install it.*\n.*get\.pulumi\.com \| sh"):
        find_pulumi()


def test_an_old_cli_is_told_with_the_version_that_is_needed(path: Path) -> None:
    program(path, "echo v3.100.0")
    with pytest.raises(UserError, match=r"the Pulumi CLI is 3\.100\.0, and 3\.259\.0 or newer"):
        find_pulumi()


def test_a_cli_that_is_new_enough_is_taken(path: Path) -> None:
    found = program(path, "echo v3.300.1-dev.0")
    assert find_pulumi() == (found, "3.300.1-dev.0")


def test_a_cli_that_does_not_run_is_told_in_its_own_words(path: Path) -> None:
    program(path, "echo 'cannot execute' >&2; exit 126")
    with pytest.raises(UserError, match="does not run: cannot execute"):
        find_pulumi()


def test_a_command_is_about_the_stack_and_asks_nobody(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ended = pulumi(tmp_path, 'echo "$@"').go("up", "--yes", interrupted=lambda: None)
    assert ended.well
    messages = capfd.readouterr().out
    assert messages.startswith("up --yes --stack dev --non-interactive")


@pytest.mark.parametrize(
    "words",
    [
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es)",
        "error: [409] Conflict: Another update is currently in progress.",
    ],
)
def test_a_lock_is_read_out_of_what_it_says(
    tmp_path: Path, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ended = pulumi(tmp_path, f"echo '{words}' >&2; exit 255").go("up", interrupted=lambda: None)
    assert (ended.status, ended.locked, ended.well) == (255, True, False)
    assert words in capfd.readouterr().err


def test_an_interrupt_reaches_it_once_and_its_end_is_waited_for(tmp_path: Path) -> None:
    script = """
    trap 'echo x >> ended; exit 3' TERM
    while :; do sleep 0.05; done
    """
    heard: list[str] = []
    timer = Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    ended = pulumi(tmp_path, script).go("up", interrupted=lambda: heard.append(""))
    timer.join()
    assert (ended.status, ended.interrupted, len(heard)) == (3, True, 1)
    assert (tmp_path / "ended").read_text() == "x\n"


def test_locks_of_a_state_in_a_folder_are_read(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "airflow-platform" / "dev"
    folder.mkdir(parents=True)
    (folder / "one.json").write_text(json.dumps(LOCK))
    (folder / "one.json.attrs").write_text("{}")
    url = tmp_path.as_uri()
    assert lock_files(url, "airflow-platform", "dev") == [LOCK]
    assert lock_files(url, "airflow-platform", "prod") == []
    assert lock_files("s3://bucket", "airflow-platform", "dev") == []
