"""checkov, the scanner of `audit`, installed in an environment of its own."""

from collections.abc import Callable
from pathlib import Path

from airflow_k8s.toolchain.environment import environment

LOCK = Path(__file__).parents[1] / "commands" / "audit" / "requirements.txt"


def find_checkov(notify: Callable[[str], None], lock: Path = LOCK) -> Path:
    """The Python interpreter of the environment that contains checkov.

    Raises UserError if checkov can't be installed.
    """
    return environment("checkov", "some 55 MB", lock, notify)
