"""How long a command takes."""

import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

PROGRAM = Path(__file__).parents[2]
RUNS = 7


def median(command: Sequence[str | Path]) -> float:
    """Seconds, of RUNS runs after one that warms what is cold."""
    seconds = list[float]()
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run(command, cwd=PROGRAM, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])
