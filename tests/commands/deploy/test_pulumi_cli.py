"""The Pulumi CLI: found, queried and run."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest
from pulumi.automation import StackNotFoundError

from airflow_k8s.commands.deploy.pulumi_cli import Pulumi, find_pulumi
from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.command import CommandError


def program(folder: Path, script: str) -> Path:
    file = folder / "pulumi"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def pulumi(path: Path, script: str) -> Pulumi:
    """The stack dev, by a CLI whose commands are a script."""
    program(path, f"[ $1 = version ] && echo v3.259.0 && exit\n{script}")
    return Pulumi(cli=find_pulumi(), folder=path, stack="dev", variables={"EXTRA": "extra"})


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT is handled though the tests run in a shell's background, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_without_the_cli_the_official_command_is_shown_and_not_run(path: Path) -> None:
    assert not list(path.iterdir())
    with pytest.raises(UserError, match=r"not on PATH; install it.*\n.*get\.pulumi\.com \| sh"):
        find_pulumi()


def test_an_old_cli_is_an_error_with_the_version_that_is_needed(path: Path) -> None:
    program(path, "echo v3.100.0")
    with pytest.raises(UserError, match=r"the Pulumi CLI is 3\.100\.0, and 3\.259\.0 or newer"):
        find_pulumi()


def test_a_cli_without_a_version_is_an_error(path: Path) -> None:
    program(path, "echo unknown")
    with pytest.raises(UserError, match=r"the Pulumi CLI is of an unknown version, and 3\.259\.0"):
        find_pulumi()


def test_a_cli_that_is_new_enough_is_used(path: Path) -> None:
    program(path, "echo v3.300.1-dev.0")
    assert str(find_pulumi().version) == "3.300.1-dev.0"


def test_a_cli_that_does_not_run_is_an_error_with_its_own_message(path: Path) -> None:
    program(path, "echo 'cannot execute' >&2; exit 126")
    with pytest.raises(UserError, match="does not run: cannot execute"):
        find_pulumi()


def test_a_query_is_about_the_stack_and_never_waits_for_input(path: Path) -> None:
    found = pulumi(path, 'echo "[\\"$*\\", \\"$EXTRA\\"]"').history()
    assert found == ["--non-interactive stack history --json --stack dev", "extra"]


def test_a_query_neither_decrypts_secrets_nor_selects_the_stack(path: Path) -> None:
    stack = pulumi(path, f'echo "$@" >> {path}/commands; echo "{{}}"')
    stack.export()
    stack.history()
    stack.outputs()
    for line in (path / "commands").read_text().splitlines():
        assert "--show-secrets" not in line
        assert line.split()[:2] == ["--non-interactive", "stack"]
        assert line.split()[2] in ("export", "history", "output")


def test_a_failed_query_is_an_error_with_the_message_of_the_cli(path: Path) -> None:
    with pytest.raises(CommandError, match=r"^error: no network$"):
        pulumi(path, "echo 'error: no network' >&2; exit 255").export()
    with pytest.raises(CommandError, match=r"^error: not logged in$"):
        pulumi(path, "echo 'error: not logged in' >&2; exit 255").who_am_i()


def test_a_missing_stack_has_an_error_of_its_own(path: Path) -> None:
    # As Pulumi 3.259.0 writes it.
    script = "echo \"error: no stack named 'dev' found\" >&2; exit 255"
    with pytest.raises(StackNotFoundError):
        pulumi(path, script).export()


def test_a_command_is_about_the_stack_and_never_waits_for_input(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outcome = pulumi(path, 'echo "$@"').run("up", "--yes", interrupted=lambda: None)
    assert outcome.succeeded
    assert capfd.readouterr().out.startswith("up --yes --stack dev --non-interactive")


@pytest.mark.parametrize(
    ("error", "locked"),
    [
        ("error: the stack is currently locked by 1 lock(s). Either wait for the other", True),
        ("error: [409] Conflict: Another update is currently in progress.", True),
        ("error: update failed", False),
    ],
)
def test_a_lock_is_recognized_in_the_errors_of_a_command(
    path: Path, error: str, locked: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = pulumi(path, f"echo '{error}' >&2; exit 255")
    outcome = stack.run("up", interrupted=lambda: None)
    assert (outcome.status, outcome.locked, outcome.succeeded) == (255, locked, False)
    assert error in capfd.readouterr().err


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_reaches_the_command_once_and_its_end_is_waited_for(path: Path) -> None:
    # It ends after ten seconds by itself, so that a signal that is lost fails the test.
    script = f"""
    trap 'echo x >> {path}/ended; exit 3' TERM
    for _ in $(/usr/bin/seq 200); do /bin/sleep 0.05; done
    """
    calls: list[str] = []
    stack = pulumi(path, script)
    timer = Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    outcome = stack.run("up", interrupted=lambda: calls.append(""))
    timer.join()
    assert (outcome.status, outcome.interrupted, len(calls)) == (3, True, 1)
    assert (path / "ended").read_text() == "x\n"
