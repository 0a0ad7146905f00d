"""The command `airflow-platform dev workflows`: checks the workflows with actionlint."""

import subprocess
from pathlib import Path

from airflow_k8s.toolchain.command import CommandError

PROGRAM = Path(__file__).parent.parent


def findings(actionlint: Path, program: Path = PROGRAM) -> str:
    """Actionlint's output about a repository's workflows; empty if it finds nothing.

    actionlint checks their scripts with shellcheck if that is on PATH. Raises CommandError if
    actionlint fails, or if there is no workflow.
    """
    folder = program / ".github" / "workflows"
    files = sorted(file for file in folder.glob("*") if file.suffix in (".yml", ".yaml"))
    if not files:
        raise CommandError(f"{folder} has no workflow")
    # No pyflakes: it is for scripts in Python, and ours are in the shell.
    command = [actionlint, "-no-color", "-pyflakes", "", *files]
    done = subprocess.run(  # noqa: S603
        command, cwd=program, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    if done.returncode not in (0, 1):  # 1: it found something
        raise CommandError(done.stderr.strip() or f"actionlint ended with {done.returncode}")
    return done.stdout.strip() if done.returncode else ""
