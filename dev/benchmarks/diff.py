"""How long `diff` takes against the two renderings that it compares, all warm.

`make bench`. Prints the medians and their ratio; exit status 1 beyond the budget: 1.5 times both
renderings one after the other.
"""

import sys

from dev.benchmarks.timing import median

BASE = "6b1907f"
"""A commit of which nearly every object differs: before the platform had roles of its own."""


def main() -> int:
    """Exit status."""
    within = True
    for stack in ("dev", "prod"):
        render = median(
            [
                sys.executable,
                "-m",
                "airflow_k8s.commands.render.command",
                "--stack",
                stack,
                "--strict",
            ]
        )
        command = [
            sys.executable,
            "-m",
            "airflow_k8s.commands.diff.command",
            "--stack",
            stack,
            "--strict",
            "--base",
        ]
        same, other = median([*command, "HEAD"]), median([*command, BASE])
        budget = 2 * render * 1.5
        within = within and max(same, other) <= budget
        sys.stdout.write(
            f"{stack}: diff {other:.2f} s, {same:.2f} s if nothing differs, render {render:.2f} s,"
            f" ratio {other / render:.2f}, budget {budget:.2f} s\n"
        )
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
