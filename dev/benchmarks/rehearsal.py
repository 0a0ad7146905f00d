"""Measures the duration of a rehearsal and the memory of its control plane.

Prints the medians. The exit code is 1 if a rehearsal takes more than 60 s or 1.5 GiB.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dev.benchmarks.timing import PLATFORM, PROGRAM

ROUNDS = 3
SECONDS, BYTES = 60, 1.5 * 2**30  # the limits


def main() -> int:
    """Returns the exit code: 0 within the limits, otherwise 1."""
    within = True
    for stack in ("dev", "prod"):
        rounds = [_round(stack) for _ in range(ROUNDS)]
        durations = [duration for duration, _ in rounds]
        memory = max(report["memory"] for _, report in rounds)
        within = within and max(durations) <= SECONDS and memory <= BYTES
        sys.stdout.write(
            f"{stack}: median {statistics.median(durations):.1f} s of {ROUNDS} rounds"
            f" ({min(durations):.1f} to {max(durations):.1f}),"
            f" control plane {memory / 2**20:.0f} MiB\n"
        )
        for phase in rounds[0][1]["phases"]:
            own = [_seconds(report, phase["name"]) for _, report in rounds]
            sys.stdout.write(f"  {phase['name']}: median {statistics.median(own):.1f} s\n")
    sys.stdout.write("within the limits\n" if within else "OVER THE LIMITS\n")
    return 0 if within else 1


def _round(stack: str) -> tuple[float, dict[str, Any]]:
    """The duration in seconds and the report of one rehearsal."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        started = time.monotonic()
        subprocess.run(  # noqa: S603 our own program
            [*PLATFORM, "rehearse", stack, "--json", file],
            cwd=PROGRAM,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.monotonic() - started, json.loads(file.read_text())


def _seconds(report: dict[str, Any], phase: str) -> float:
    return next(own["seconds"] for own in report["phases"] if own["name"] == phase)
