"""`python -m pull_request.from_fork`: the comments on a pull request that comes from a fork.

A workflow of a fork may write nothing, so it leaves its text as an artifact, and this runs after it
with what this repository has on main. The fork may have changed its workflow: all of the artifact
is its word, and of the event only what GitHub itself says is believed.
"""

import argparse
import io
import json
import os
import sys
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_k8s.commands.github.api import Repository, repository, run_address
from airflow_k8s.commands.github.body import from_fork
from airflow_k8s.commands.github.sticky import comment
from airflow_k8s.errors import UserError

_FILE = "comment.md"
_MOST = 300_000
"""Bytes of an artifact, and of the text in it: 65,536 characters of up to four bytes."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """The run of a workflow, as GitHub tells of it."""

    number: str
    commit: str
    owner: str
    """Whose fork it is."""
    repository: str
    branch: str
    into: str
    """The default branch of this repository."""


def main(arguments: list[str]) -> int:
    """Exit status: 0 written, or nothing to write, which is told; 1 a problem."""
    options = _parser().parse_args(arguments)
    try:
        where = repository()
        run = run_of(json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8")))
        number = pull_request(where, run)
        if number is None:
            sys.stdout.write(f"no open pull request has {run.commit} at its head: nothing to do\n")
            return 0
        for stack in options.stack:
            text = left(where, run, f"preview-{stack}")
            if text is None:
                sys.stdout.write(f"{stack}: the run left nothing\n")
                continue
            body = from_fork(text, run.commit, run_address(run=run.number))
            told = comment(where, number, about=f"preview of {stack}", body=body)
            sys.stdout.write(f"{stack}: {told}\n")
    except (UserError, OSError) as problem:
        sys.stderr.write(f"from_fork: {problem}\n")
        return 1
    return 0


def run_of(event: Mapping[str, Any]) -> Run:
    """The run that a `workflow_run` event tells of.

    Raises UserError where it is not one of a pull request from a fork.
    """
    run, home = event["workflow_run"], event["repository"]
    head = run["head_repository"]
    if run["event"] != "pull_request" or not head or head["id"] == home["id"]:
        raise UserError("this run is not of a pull request from a fork")
    return Run(
        number=str(int(run["id"])),
        commit=run["head_sha"],
        owner=head["owner"]["login"],
        repository=head["full_name"],
        branch=run["head_branch"],
        into=home["default_branch"],
    )


def pull_request(where: Repository, run: Run) -> int | None:
    """The number of the open pull request whose head is what was run.

    None where it is closed, or has moved on: then a later run tells of it. The event itself names
    none for a fork.
    """
    for each in where.all("pulls", state="open", base=run.into, head=f"{run.owner}:{run.branch}"):
        head = each["head"]
        if head["sha"] == run.commit and (head["repo"] or {}).get("full_name") == run.repository:
            return each["number"]
    return None


def left(where: Repository, run: Run, name: str) -> str | None:
    """The text in the run's artifact of that name; None where it left none.

    It is read in memory, never unpacked. Raises UserError where it is too long, or is not such an
    artifact.
    """
    found = where.all(f"actions/runs/{run.number}/artifacts", within="artifacts", name=name)
    newest = max((each for each in found if each["name"] == name), key=_id, default=None)
    if newest is None or newest["expired"]:
        return None
    if newest["size_in_bytes"] > _MOST:
        raise UserError(f"{name} is longer than {_MOST} bytes")
    return text_in(where.download(f"actions/artifacts/{_id(newest)}/zip", _MOST), name)


def text_in(archive: bytes, name: str) -> str:
    """The one text in an artifact. Raises UserError where there is none, or too much of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened, opened.open(_FILE) as file:
            content = file.read(_MOST + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError, OSError) as error:
        raise UserError(f"{name} holds no {_FILE} that can be read") from error
    if len(content) > _MOST:
        raise UserError(f"the {_FILE} in {name} is longer than {_MOST} bytes")
    return content.decode(errors="replace")


def _id(artifact: Mapping[str, Any]) -> int:
    return int(artifact["id"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pull_request.from_fork",
        description="Writes the comments on a fork's pull request from the artifacts of the run"
        " that the event tells of. GitHub's variables and GITHUB_TOKEN say where and as whom.",
    )
    parser.add_argument(
        "--stack", action="append", required=True, help="a stack that is told of; no other is"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
