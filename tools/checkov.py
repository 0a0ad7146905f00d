"""checkov, in an environment of its own: what judges manifests."""

from collections.abc import Callable
from pathlib import Path

from tools.environment import environment

LOCK = Path(__file__).parent.parent / "audit" / "requirements.txt"


def find_checkov(say: Callable[[str], None], lock: Path = LOCK) -> Path:
    """The Python that has checkov.

    Raises Problem where it can't be installed.
    """
    return environment("checkov", "some 55 MB", lock, say)
