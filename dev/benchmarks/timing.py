"""Measures how long a command takes."""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PROGRAM = Path(__file__).parents[2]
RUNS = 7
PLATFORM = (sys.executable, "-m", "airflow_k8s", "-C", ".")
"""The command airflow-platform, on the project in the folder in which it runs."""


def median(command: Sequence[str | Path], *, folder: Path = PROGRAM) -> float:
    """The median duration in seconds of RUNS runs in the folder, after one run to warm caches.

    Raises subprocess.CalledProcessError if the command fails.
    """
    durations = list[float]()
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 ours
        durations.append(time.perf_counter() - start)
    return statistics.median(durations[1:])
