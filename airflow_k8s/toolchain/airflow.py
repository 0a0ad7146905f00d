"""Airflow, installed in an environment of its own, to read DAGs without a cluster.

It is installed from the lock file that `images/airflow/` installs in the image, so both have the
same packages.
"""

from collections.abc import Callable
from pathlib import Path

from airflow_k8s.toolchain.environment import environment

LOCK = Path(__file__).parents[2] / "images" / "airflow" / "requirements.txt"


def find_airflow(notify: Callable[[str], None], lock: Path = LOCK) -> Path:
    """The Python interpreter of the environment that contains Airflow.

    Raises UserError if Airflow can't be installed.
    """
    return environment("Airflow", "some 100 MB", lock, notify)
