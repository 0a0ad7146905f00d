"""checkov, in an environment of its own: what judges manifests."""

from collections.abc import Callable
from pathlib import Path

from airflow_k8s.toolchain.environment import environment

LOCK = Path(__file__).parents[1] / "commands" / "audit" / "requirements.txt"


def find_checkov(notify: Callable[[str], None], lock: Path = LOCK) -> Path:
    """The Python that has checkov.

    Raises UserError where it can't be installed.
    """
    return environment("checkov", "some 55 MB", lock, notify)
