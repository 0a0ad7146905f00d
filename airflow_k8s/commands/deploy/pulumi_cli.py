"""The Pulumi CLI on one stack: questions through `pulumi.automation`, changes as own processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Any

from pulumi import automation
from pulumi.automation.errors import create_command_error

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.command import CommandError, Version, run, version_in

OLDEST: Version = (3, 259, 0)
"""The oldest CLI that the SDK of `requirements.txt` was seen to work with here."""
_INSTALL = """install it, then try again (https://www.pulumi.com/docs/install/):
  curl -fsSL https://get.pulumi.com | sh      # Linux
  brew install pulumi/tap/pulumi              # macOS
  winget install pulumi                       # Windows"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a command of the Pulumi CLI ended."""

    status: int
    interrupted: bool
    locked: bool  # the stack is locked by another update, which may have been killed

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself and without an error."""
        return self.status == 0 and not self.interrupted


@dataclass(frozen=True, kw_only=True)
class Pulumi:
    """The CLI and the stack that its commands are about.

    No object of automation's class Stack is made: that selects the stack in the user's workspace,
    or creates it. Methods raise CommandError with the CLI's own message.
    """

    cli: automation.PulumiCommand
    folder: Path  # of Pulumi.yaml
    stack: str
    variables: Mapping[str, str]  # added to the environment

    def who_am_i(self) -> automation.WhoAmIResult:
        """The backend and the user that is logged in to it."""
        workspace = automation.LocalWorkspace(
            work_dir=str(self.folder), env_vars=dict(self.variables), pulumi_command=self.cli
        )
        try:
            return workspace.who_am_i()
        except automation.CommandError as error:
            raise CommandError(_message(error)) from error

    def export(self) -> Mapping[str, Any]:
        """The stack's state, its secrets encrypted.

        Raises automation.StackNotFoundError if the backend has no such stack.
        """
        # Not by automation's export_stack: that decrypts, and the passphrase may not be known yet.
        return self._query("stack", "export")

    def history(self) -> Sequence[Mapping[str, Any]]:
        """The stack's updates, the newest first."""
        return self._query("stack", "history", "--json")

    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs by name, those that are secret masked."""
        # Not by automation's stack_outputs: that runs the CLI twice and decrypts the secret ones.
        return self._query("stack", "output", "--json")

    def run(self, *arguments: str, interrupted: Callable[[], None]) -> Outcome:
        """Runs a Pulumi command and waits for its end. Its output is printed line by line.

        If the user interrupts the command, `interrupted` is called.

        The automation API is not used here, because of signals. Pulumi runs in a process group of
        its own, so that it gets an interrupt exactly once, from this function. After a second
        interrupt Pulumi would leave resources in the cluster that are not in its state. The output
        has no progress dots and no live tree, because other threads print between its lines.
        """
        command = [self.cli.command, *arguments, "--stack", self.stack, "--non-interactive"]
        command += ["--suppress-progress", "--color", "always" if sys.stdout.isatty() else "never"]
        errors: list[str] = []
        stopped = False
        with subprocess.Popen(  # noqa: S603 the commands are those of this package
            command,
            cwd=self.folder,
            env={**os.environ, **self.variables},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            process_group=0,
            encoding="utf-8",
            errors="replace",
        ) as process:
            assert process.stderr is not None  # noqa: S101 it is a pipe
            thread = Thread(target=_pass_on, args=(process.stderr, errors), daemon=True)
            thread.start()
            while True:
                try:
                    status = process.wait()
                    break
                except KeyboardInterrupt:
                    stopped = True
                    interrupted()
                    # Not SIGINT: a process that a shell started in its background ignores that.
                    process.send_signal(signal.SIGTERM)
            thread.join()
        return Outcome(
            status=status, interrupted=stopped, locked=_is_locked(status, "".join(errors))
        )

    def _query(self, *arguments: str) -> Any:
        try:
            result = self.cli.run(
                [*arguments, "--stack", self.stack], str(self.folder), self.variables
            )
        except automation.StackNotFoundError:
            raise
        except automation.CommandError as error:
            raise CommandError(_message(error)) from error
        return json.loads(result.stdout)


def find_pulumi() -> automation.PulumiCommand:
    """The CLI on PATH.

    Raises UserError, with the way to install it, if there is none or if it is too old.
    """
    found = shutil.which("pulumi")
    if not found:
        raise UserError(f"the Pulumi CLI is not on PATH; {_INSTALL}")
    try:
        cli = automation.PulumiCommand(skip_version_check=True)
    except (subprocess.CalledProcessError, OSError) as failed:
        raise UserError(f"{found} does not run: {_why(found, failed)}; {_INSTALL}") from failed
    version = str(cli.version or "of an unknown version")
    if version_in(version) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise UserError(f"the Pulumi CLI is {version}, and {oldest} or newer is needed; {_INSTALL}")
    return cli


def _why(program: str, failed: Exception) -> str:
    """The CLI's own message, which automation does not keep."""
    try:
        run([program, "version"])
    except CommandError as error:
        return str(error)
    return str(failed)


def _message(error: automation.CommandError) -> str:
    """What the CLI wrote to its standard error: automation keeps it only in the error's text."""
    return str(error).partition("\n stderr: ")[2].strip() or str(error).strip()


def _is_locked(status: int, errors: str) -> bool:
    if not status:
        return False
    error = create_command_error(automation.CommandResult(stdout="", stderr=errors, code=status))
    return isinstance(error, automation.ConcurrentUpdateError)


def _pass_on(stream: IO[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line)
        sys.stderr.write(line)
        sys.stderr.flush()
