"""Reads the workflows like GitHub, and runs their scripts like GitHub."""

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
    """The content of a file, with all scalars as texts: YAML 1.1 reads the key `on` as True."""
    return yaml.load(file.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 it is safe


WORKFLOWS = {file.stem: content(file) for file in sorted((FOLDER / "workflows").glob("*.yml"))}
ACTIONS = {
    file.parent.name: content(file) for file in sorted((FOLDER / "actions").glob("*/action.yml"))
}


@dataclass(frozen=True)
class Step:
    """A step of a job, or of an action of this repository."""

    where: str
    fields: Mapping[str, Any]

    @property
    def uses(self) -> str:
        """The action; empty for a script."""
        return self.fields.get("uses", "")

    @property
    def script(self) -> str:
        """The script; empty for an action."""
        return self.fields.get("run", "")


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every job: name of the workflow, name of the job, and its fields."""
    for workflow, fields in WORKFLOWS.items():
        for name, job in fields["jobs"].items():
            yield workflow, name, job


def steps() -> Iterator[Step]:
    """Every step of every workflow and action."""
    for workflow, name, job in jobs():
        for number, step in enumerate(job["steps"]):
            yield Step(f"{workflow}.{name}[{number}]", step)
    for action, fields in ACTIONS.items():
        for number, step in enumerate(fields["runs"]["steps"]):
            yield Step(f"{action}[{number}]", step)


def named(workflow: str, job: str, name: str) -> Step:
    """The step with this name."""
    steps_of_job = WORKFLOWS[workflow]["jobs"][job]["steps"]
    (fields,) = (step for step in steps_of_job if step.get("name") == name)
    return Step(f"{workflow}.{job}: {name}", fields)


@dataclass(frozen=True)
class Result:
    """The result of a script."""

    status: int
    printed: str
    output: str
    summary: str


def run(step: Step, folder: Path, **environment: str) -> Result:
    """Runs the script of a step in a folder, with the shell of the workflows."""
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
    return Result(
        done.returncode,
        done.stdout + done.stderr,
        files["GITHUB_OUTPUT"].read_text(),
        files["GITHUB_STEP_SUMMARY"].read_text(),
    )
