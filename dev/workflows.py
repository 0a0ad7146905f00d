"""`python -m tools.workflows`: holds the workflows to what GitHub accepts, by actionlint."""

import shutil
import subprocess
import sys
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.actionlint import find_actionlint
from airflow_k8s.toolchain.command import CommandError

PROGRAM = Path(__file__).parent.parent


def faults(actionlint: Path, program: Path = PROGRAM) -> str:
    """What actionlint says of a repository's workflows, in its own words; empty where all is well.

    It asks shellcheck about their scripts where shellcheck is on PATH. Raises CommandError where
    actionlint itself does.
    """
    folder = program / ".github" / "workflows"
    files = sorted(file for file in folder.glob("*") if file.suffix in (".yml", ".yaml"))
    if not files:
        raise CommandError(f"{folder} has no workflow")
    # pyflakes reads scripts in Python: ours are in the shell.
    command = [actionlint, "-no-color", "-pyflakes", "", *files]
    done = subprocess.run(  # noqa: S603
        command, cwd=program, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    if done.returncode not in (0, 1):  # 1: it found something
        raise CommandError(done.stderr.strip() or f"actionlint ended with {done.returncode}")
    return done.stdout.strip() if done.returncode else ""


def main() -> int:
    """Exit status: 0 all is well, 1 it is not, or a problem that is told in one message."""
    if not shutil.which("shellcheck"):
        _notify("workflows: their scripts are not looked at, since shellcheck is not on PATH")
    try:
        found = faults(find_actionlint(_notify))
    except (UserError, OSError, subprocess.TimeoutExpired) as problem:
        _notify(f"workflows: {problem}")
        return 1
    if found:
        _notify(found)
    return 1 if found else 0


def _notify(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
