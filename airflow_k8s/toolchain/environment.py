"""Python environments for programs whose packages conflict with those of this project."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.cache import cache_root, fill_once
from airflow_k8s.toolchain.command import CommandError, run

_INSTALL_TIMEOUT = 15 * 60  # seconds: some 100 MB over a slow connection


def environment(
    program: str, size: str, lock: Path, notify: Callable[[str], None], *, hashes: bool = True
) -> Path:
    """The Python interpreter of an environment with the packages of a lock file.

    The environment is installed once, by uv, in the user's cache. With `hashes` every package must
    have a checksum in the lock file. `program` and `size`, such as "some 100 MB", are shown to the
    user. Raises UserError if the packages can't be installed.
    """
    content = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]

    def fill(folder: Path) -> None:
        notify(f"installing {program} ({size}, once)")
        uv = [sys.executable, "-m", "uv"]
        # Relocatable, since the folder gets its final name only when it is complete.
        run([*uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, folder])
        python = folder / "bin" / "python"
        # Without compiled bytecode an import takes three times as long.
        options = ["--quiet", "--compile-bytecode", "--python", python]
        options += ["--require-hashes"] if hashes else []
        command = [*uv, "pip", "install", *options, "--requirement", lock]
        run(command, timeout=_INSTALL_TIMEOUT)

    try:
        folder = fill_once(cache_root() / f"{program.lower()}-{content}", fill, notify)
    except (CommandError, OSError) as error:
        raise UserError(f"{program} can't be installed:\n{error}") from error
    return folder / "bin" / "python"
