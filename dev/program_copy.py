"""A copy of this program in a git repository of its own, with small changes applied.

Tests, examples and benchmarks compare revisions. They make those revisions here and never use
commits of this repository, which a shallow clone, a squash or a fork does not have.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROGRAM = Path(__file__).parents[1]
_FOLDERS = ("airflow_k8s", "components")
_FILES = ("__main__.py", "requirements.txt", "Pulumi*.yaml")
_IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A text in a file of the program, and what replaces it."""

    file: str  # relative to the program
    find: str  # occurs exactly once
    replace: str


@dataclass(frozen=True, kw_only=True)
class ProgramChange:
    """A small change of the program: settings of one stack, and edits of source files."""

    settings: Mapping[str, Any]  # by their key in the stack file, without the project's name
    edits: Sequence[Edit]


def copy_program(folder: Path) -> Path:
    """Copies all that evaluates a stack into the folder, commits it there, and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROGRAM / name, folder / name, ignore=ignored)
    for pattern in _FILES:
        for file in PROGRAM.glob(pattern):
            shutil.copy2(file, folder / file.name)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, "the program as it is")
    return folder


def apply(change: ProgramChange, program: Path, stack: str) -> None:
    """Applies the change to the files of a copy.

    Raises ValueError if the text of an edit does not occur exactly once: the change is out of date.
    """
    for edit in change.edits:
        file = program / edit.file
        text = file.read_text(encoding="utf-8")
        if text.count(edit.find) != 1:
            times = text.count(edit.find)
            raise ValueError(f"{edit.file} holds {edit.find!r} {times} times, not once")
        file.write_text(text.replace(edit.find, edit.replace), encoding="utf-8")
    if change.settings:
        file = program / f"Pulumi.{stack}.yaml"
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        project = yaml.safe_load((program / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        content["config"] |= {f"{project}:{key}": value for key, value in change.settings.items()}
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def commit_before(change: ProgramChange, program: Path, stack: str) -> None:
    """Commits the copy with the change applied, then puts the files back as they were.

    HEAD is then the program "before", and the working copy is this program.
    """
    apply(change, program, stack)
    commit(program, "before the change")
    git(program, "checkout", "--quiet", "HEAD~1", "--", ".")


def commit(program: Path, message: str) -> None:
    """Commits all files of a copy."""
    git(program, "add", "--all")
    git(program, "commit", "--quiet", "--message", message)


def git(folder: Path, *arguments: str) -> None:
    """Runs git in the folder; subprocess.CalledProcessError if it fails."""
    subprocess.run(  # noqa: S603 git, in a folder of the caller
        ["git", *_IDENTITY, *arguments],  # noqa: S607 on PATH
        cwd=folder,
        check=True,
        capture_output=True,
    )
