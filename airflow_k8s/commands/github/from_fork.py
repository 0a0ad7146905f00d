"""The comments on a pull request that comes from a fork.

The workflow of a fork must not write comments, so it uploads its text as an artifact. Another
workflow runs this code afterwards, from this repository's main branch. The fork may have changed
its workflow. So the content of the artifact is not trusted, and only those fields of the event are
used that GitHub itself fills in.
"""

import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_k8s.commands.github.api import Repository, repository, run_address
from airflow_k8s.commands.github.body import from_fork
from airflow_k8s.commands.github.sticky import write_comment
from airflow_k8s.errors import UserError

_FILE = "comment.md"
_MAX_BYTES = 300_000
"""Of an artifact, and of the text in it: 65,536 characters of up to four bytes, and some room."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of a workflow, from GitHub's event."""

    number: str
    commit: str
    owner: str
    """The owner of the fork."""
    repository: str
    """The fork: owner/name."""
    branch: str
    """The branch in the fork."""
    default_branch: str
    """The default branch of this repository."""


def comments(stacks: Sequence[str]) -> Iterator[str]:
    """Writes or updates the comments. Yields a line about every stack.

    Raises UserError if GitHub refuses, or if the event or an artifact is not as expected.
    """
    target = repository()
    run = read_run(json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8")))
    number = pull_request(target, run)
    if number is None:
        yield f"no open pull request has {run.commit} at its head: nothing to do"
        return
    for stack in stacks:
        text = artifact_text(target, run, f"preview-{stack}")
        if text is None:
            yield f"{stack}: the run left no artifact"
            continue
        body = from_fork(text, run.commit, run_address(run=run.number))
        yield f"{stack}: {write_comment(target, number, topic=f'preview of {stack}', body=body)}"


def read_run(event: Mapping[str, Any]) -> Run:
    """The run in an event `workflow_run`. Raises UserError if it is not the run of a pull request
    from a fork."""
    run, home = event["workflow_run"], event["repository"]
    head = run["head_repository"]
    if run["event"] != "pull_request" or not head or head["id"] == home["id"]:
        raise UserError("this run does not belong to a pull request from a fork")
    return Run(
        number=str(int(run["id"])),
        commit=run["head_sha"],
        owner=head["owner"]["login"],
        repository=head["full_name"],
        branch=run["head_branch"],
        default_branch=home["default_branch"],
    )


def pull_request(repository: Repository, run: Run) -> int | None:
    """The number of the open pull request whose head is the commit of the run.

    None if the pull request is closed or has a newer commit: the newer commit has its own run.
    GitHub's event does not name the pull request of a fork.
    """
    found = repository.all(
        "pulls", state="open", base=run.default_branch, head=f"{run.owner}:{run.branch}"
    )
    for pull in found:
        head = pull["head"]
        if head["sha"] == run.commit and (head["repo"] or {}).get("full_name") == run.repository:
            return pull["number"]
    return None


def artifact_text(repository: Repository, run: Run, name: str) -> str | None:
    """The text in the run's newest artifact of that name; None if there is none.

    The archive is read in memory and never unpacked. Raises UserError if it is too long or has no
    such text.
    """
    found = repository.all(f"actions/runs/{run.number}/artifacts", within="artifacts", name=name)
    newest = max((item for item in found if item["name"] == name), key=_id, default=None)
    if newest is None or newest["expired"]:
        return None
    if newest["size_in_bytes"] > _MAX_BYTES:
        raise UserError(f"{name} is longer than {_MAX_BYTES} bytes")
    return text_in(repository.download(f"actions/artifacts/{_id(newest)}/zip", _MAX_BYTES), name)


def text_in(archive: bytes, name: str) -> str:
    """The text of comment.md in an archive. Raises UserError if it is missing or too long."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened, opened.open(_FILE) as file:
            content = file.read(_MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError, OSError) as error:
        raise UserError(f"{name} holds no {_FILE} that can be read") from error
    if len(content) > _MAX_BYTES:
        raise UserError(f"the {_FILE} in {name} is longer than {_MAX_BYTES} bytes")
    return content.decode(errors="replace")


def _id(artifact: Mapping[str, Any]) -> int:
    return int(artifact["id"])
