"""Runs other programs."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from airflow_k8s.errors import UserError

Version = tuple[int, int, int]


class CommandError(UserError):
    """A program or a server failed. The message is the error message of the program or server."""


def run(
    command: Sequence[str | Path],
    *,
    stdin: str = "",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    timeout: float = 60,
) -> str:
    """The standard output of a command.

    Raises CommandError with its standard error if it fails or takes over `timeout` seconds.
    """
    try:
        done = subprocess.run(  # noqa: S603 the commands are those of this repository
            command,
            input=stdin,
            env=environment,
            cwd=folder,
            timeout=timeout,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{Path(command[0]).name} took over {timeout:.0f} s") from error
    except OSError as error:
        raise CommandError(str(error)) from error
    if done.returncode:
        raise CommandError(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
    return done.stdout


def version(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Version:
    """The version that a program prints; 0.0.0 if it prints none or fails."""
    try:
        return version_in(run(command, environment=environment, timeout=20))
    except CommandError:
        return 0, 0, 0


def version_in(text: str) -> Version:
    """The first version in a text; 0.0.0 if there is none."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)
