"""Airflow itself, in an environment of its own: what reads DAGs beside the cluster.

The very packages that `images/airflow/` puts into the image, by the same lock.
"""

from collections.abc import Callable
from pathlib import Path

from airflow_k8s.toolchain.environment import environment

LOCK = Path(__file__).parents[2] / "images" / "airflow" / "requirements.txt"


def find_airflow(notify: Callable[[str], None], lock: Path = LOCK) -> Path:
    """The Python that has Airflow.

    Raises UserError where it can't be installed.
    """
    return environment("Airflow", "some 100 MB", lock, notify)
