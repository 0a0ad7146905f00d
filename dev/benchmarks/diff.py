"""Compares the duration of `diff` with that of the two renderings in it. All caches are warm.

`make bench` prints the medians and their ratio. The exit status is 1 if a diff takes
longer than 1.5 times the sum of both renderings.
"""

import sys
import tempfile
from pathlib import Path

from dev.benchmarks.timing import PLATFORM, median
from dev.program_copy import ProgramChange, commit_before, copy_program

_BEFORE = ProgramChange(settings={"namespace": "another"}, edits=())
"""Another namespace, so that every namespaced object differs."""


def main() -> int:
    """Returns the exit status."""
    within_budget = True
    for stack in ("dev", "prod"):
        with tempfile.TemporaryDirectory() as folder:
            program = copy_program(Path(folder) / "program")
            commit_before(_BEFORE, program, stack)
            render = median([*PLATFORM, "render", stack, "--strict"], folder=program)
            diff = [*PLATFORM, "diff", stack, "--strict", "--base"]
            same = median([*diff, "HEAD~1"], folder=program)
            different = median([*diff, "HEAD"], folder=program)
        budget = 2 * render * 1.5
        within_budget = within_budget and max(same, different) <= budget
        sys.stdout.write(
            f"{stack}: diff {different:.2f} s, {same:.2f} s if nothing differs, render"
            f" {render:.2f} s, ratio {different / render:.2f}, budget {budget:.2f} s\n"
        )
    return 0 if within_budget else 1
