"""Airflow itself, in an environment of its own: what reads DAGs beside the cluster.

The very packages that `images/airflow/` puts into the image, by the same lock.
"""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from tools.cache import cache, kept
from tools.command import Failed, run
from tools.problem import Problem

LOCK = Path(__file__).parent.parent / "images" / "airflow" / "requirements.txt"
_MINUTES = 15 * 60  # seconds, for a slow line: some 100 MB


def find_airflow(say: Callable[[str], None], lock: Path = LOCK) -> Path:
    """The Python that has Airflow; installed once in the user's cache, by uv, checksums compared.

    Raises Problem where it can't be.
    """
    content = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]

    def fill(folder: Path) -> None:
        say("installing Airflow (some 100 MB, once)")
        uv = [sys.executable, "-m", "uv"]
        # Relocatable, since the folder gets its name when it is whole.
        run([*uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, folder])
        python = folder / "bin" / "python"
        # An import takes three times as long without bytecode.
        options = ["--quiet", "--require-hashes", "--compile-bytecode", "--python", python]
        run([*uv, "pip", "install", *options, "--requirement", lock], timeout=_MINUTES)

    try:
        return kept(cache() / f"airflow-{content}", fill, say) / "bin" / "python"
    except (Failed, OSError) as error:
        raise Problem(f"Airflow can't be installed:\n{error}") from error
