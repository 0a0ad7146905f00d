"""The Pulumi CLI on one stack."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.command import CommandError, Version, run, version_in

OLDEST: Version = (3, 259, 0)
"""The oldest CLI that the SDK of `requirements.txt` was seen to work with here."""
_INSTALL = """install it, then come again (https://www.pulumi.com/docs/install/):
  curl -fsSL https://get.pulumi.com | sh      # Linux
  brew install pulumi/tap/pulumi              # macOS
  winget install pulumi                       # Windows"""
_SECONDS = 120  # for a question; a bucket's answer may take a while
_LOCKED = re.compile(r"stack is currently locked|Another update is currently in progress", re.I)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command of Pulumi's ended."""

    status: int
    interrupted: bool
    locked: bool  # another update holds the stack, or one that was killed

    @property
    def well(self) -> bool:
        """Whether it did what it was told to."""
        return self.status == 0 and not self.interrupted


@dataclass(frozen=True, kw_only=True)
class Pulumi:
    """The program, and the stack that it is asked about."""

    program: Path
    folder: Path  # of Pulumi.yaml
    stack: str
    environment: Mapping[str, str]

    def ask(self, *arguments: str) -> str:
        """What it prints; CommandError with its own words."""
        command = [self.program, *arguments, "--non-interactive"]
        return run(command, environment=self.environment, folder=self.folder, timeout=_SECONDS)

    def ask_json(self, *arguments: str) -> Any:
        """What it prints, read."""
        return json.loads(self.ask(*arguments))

    def of_stack(self, *arguments: str) -> Any:
        """The same about the stack."""
        return self.ask_json(*arguments, "--stack", self.stack)

    def go(self, *arguments: str, interrupted: Callable[[], None]) -> Ended:
        """Runs a command to its end, with its output where ours goes; `interrupted` hears of an
        interrupt.

        Line by line, without dots and never as a tree that moves: others write between its lines.
        It is in a group of its own, so that an interrupt reaches it once, by us: a second one makes
        it leave resources behind that nobody knows of.
        """
        command = [self.program, *arguments, "--stack", self.stack, "--non-interactive"]
        command += ["--suppress-progress", "--color", "always" if sys.stdout.isatty() else "never"]
        said: list[str] = []
        ended = False
        with subprocess.Popen(  # noqa: S603 the command is ours
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            process_group=0,
            encoding="utf-8",
            errors="replace",
        ) as process:
            assert process.stderr is not None  # noqa: S101 it was asked for
            thread = Thread(target=_passed_on, args=(process.stderr, said), daemon=True)
            thread.start()
            while True:
                try:
                    status = process.wait()
                    break
                except KeyboardInterrupt:
                    ended = True
                    interrupted()
                    # Not SIGINT, which what was started in a shell's background ignores.
                    process.send_signal(signal.SIGTERM)
            thread.join()
        locked = bool(status) and bool(_LOCKED.search("".join(said)))
        return Ended(status=status, interrupted=ended, locked=locked)


def _passed_on(errors: IO[str], said: list[str]) -> None:
    for line in errors:
        said.append(line)
        sys.stderr.write(line)
        sys.stderr.flush()


def find_pulumi() -> tuple[Path, str]:
    """The CLI on PATH and its version.

    Raises UserError, with how to install it, where it is absent or too old."""
    found = shutil.which("pulumi")
    if not found:
        raise UserError(f"the Pulumi CLI is not on PATH; {_INSTALL}")
    try:
        said = run([found, "version"], timeout=_SECONDS).strip().removeprefix("v")
    except CommandError as failed:
        raise UserError(f"{found} does not run: {failed}; {_INSTALL}") from failed
    if version_in(said) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise UserError(f"the Pulumi CLI is {said}, and {wanted} or newer is needed; {_INSTALL}")
    return Path(found), said


def lock_files(url: str, project: str, stack: str) -> list[Mapping[str, Any]]:
    """The locks of a stack whose state is in a folder (file://…). Those in a bucket are told by
    Pulumi alone, when it wants to change something."""
    address = urlsplit(url)
    if address.scheme != "file":
        return []
    root = Path(unquote(address.netloc + address.path)).expanduser()
    folder = root / ".pulumi" / "locks" / "organization" / project / stack
    found: list[Mapping[str, Any]] = []
    for file in sorted(folder.glob("*.json")):
        try:
            found.append(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue  # it was given back just now
    return found
