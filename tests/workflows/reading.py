"""The workflows, read as GitHub reads them, and their scripts, run as GitHub runs them."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import PROGRAM

FOLDER = PROGRAM / ".github"
STRICT = "bash -euo pipefail {0}"


def content(file: Path) -> dict[str, Any]:
    """All scalars as texts: YAML 1.1 would read the key `on` as True."""
    return yaml.load(file.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 it is safe


WORKFLOWS = {file.stem: content(file) for file in sorted((FOLDER / "workflows").glob("*.yml"))}
ACTIONS = {
    file.parent.name: content(file) for file in sorted((FOLDER / "actions").glob("*/action.yml"))
}


@dataclass(frozen=True)
class Step:
    """A step of a workflow's job, or of an action of ours."""

    where: str
    said: Mapping[str, Any]

    @property
    def uses(self) -> str:
        """The action; empty for a script."""
        return self.said.get("uses", "")

    @property
    def script(self) -> str:
        """What it runs; empty for an action."""
        return self.said.get("run", "")


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every job, with its workflow's and its own name."""
    for workflow, said in WORKFLOWS.items():
        for name, job in said["jobs"].items():
            yield workflow, name, job


def steps() -> Iterator[Step]:
    """Every step of every workflow and action."""
    for workflow, name, job in jobs():
        for number, said in enumerate(job["steps"]):
            yield Step(f"{workflow}.{name}[{number}]", said)
    for action, said in ACTIONS.items():
        for number, step in enumerate(said["runs"]["steps"]):
            yield Step(f"{action}[{number}]", step)


def named(workflow: str, job: str, name: str) -> Step:
    """A step by its name."""
    found = [each for each in WORKFLOWS[workflow]["jobs"][job]["steps"] if each.get("name") == name]
    (said,) = found
    return Step(f"{workflow}.{job}: {name}", said)


@dataclass(frozen=True)
class Ran:
    """A script that ended."""

    status: int
    told: str
    output: str
    summary: str


def run(step: Step, folder: Path, **environment: str) -> Ran:
    """Runs a step's script in a folder, by the shell that the workflow asks for."""
    files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
    for file in files.values():
        file.touch()
    script = folder / "script.sh"
    script.write_text(step.script)
    done = subprocess.run(  # noqa: S603
        ["bash", "-euo", "pipefail", script],  # noqa: S607 STRICT, as a command
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            **{name: str(file) for name, file in files.items()},
            **environment,
        },
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Ran(
        done.returncode,
        done.stdout + done.stderr,
        files["GITHUB_OUTPUT"].read_text(),
        files["GITHUB_STEP_SUMMARY"].read_text(),
    )
