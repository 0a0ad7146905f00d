"""How long a rehearsal takes, and how much memory its control plane holds.

`make bench`. Prints the medians; exit status 1 beyond 60 s or 1.5 GiB.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROUNDS = 3
SECONDS, BYTES = 60, 1.5 * 2**30  # what a rehearsal may take


def main() -> int:
    """Exit status: 0 within the limits, 1 not."""
    within = True
    for stack in ("dev", "prod"):
        rounds = [_round(stack) for _ in range(ROUNDS)]
        seconds = [took for took, _ in rounds]
        memory = max(report["memory"] for _, report in rounds)
        within = within and max(seconds) <= SECONDS and memory <= BYTES
        sys.stdout.write(
            f"{stack}: median {statistics.median(seconds):.1f} s of {ROUNDS} rounds"
            f" ({min(seconds):.1f} to {max(seconds):.1f}), control plane {memory / 2**20:.0f} MiB\n"
        )
        for phase in rounds[0][1]["phases"]:
            each = [_seconds(report, phase["name"]) for _, report in rounds]
            sys.stdout.write(f"  {phase['name']}: median {statistics.median(each):.1f} s\n")
    sys.stdout.write("within the limits\n" if within else "OVER THE LIMITS\n")
    return 0 if within else 1


def _round(stack: str) -> tuple[float, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        begun = time.monotonic()
        subprocess.run(  # noqa: S603 our own program
            [
                sys.executable,
                "-m",
                "airflow_k8s.commands.rehearse.command",
                "--stack",
                stack,
                "--json",
                file,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.monotonic() - begun, json.loads(file.read_text())


def _seconds(report: dict[str, Any], phase: str) -> float:
    return next(each["seconds"] for each in report["phases"] if each["name"] == phase)


if __name__ == "__main__":
    sys.exit(main())
