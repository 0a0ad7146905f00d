"""Python environments beside ours, for programs that ask for other packages than we do."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.cache import cache, kept
from airflow_k8s.toolchain.command import CommandError, run

_MINUTES = 15 * 60  # seconds, for a slow line: some 100 MB


def environment(
    program: str, size: str, lock: Path, notify: Callable[[str], None], *, hashes: bool = True
) -> Path:
    """The Python that has what the lock pins; installed once in the user's cache, by uv, checksums
    compared where the lock has `hashes`. Program and size, such as "some 100 MB", are what a person
    is told.

    Raises UserError where it can't be.
    """
    content = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]

    def fill(folder: Path) -> None:
        notify(f"installing {program} ({size}, once)")
        uv = [sys.executable, "-m", "uv"]
        # Relocatable, since the folder gets its name when it is whole.
        run([*uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, folder])
        python = folder / "bin" / "python"
        # An import takes three times as long without bytecode.
        options = ["--quiet", "--compile-bytecode", "--python", python]
        options += ["--require-hashes"] if hashes else []
        run([*uv, "pip", "install", *options, "--requirement", lock], timeout=_MINUTES)

    try:
        return kept(cache() / f"{program.lower()}-{content}", fill, notify) / "bin" / "python"
    except (CommandError, OSError) as error:
        raise UserError(f"{program} can't be installed:\n{error}") from error
