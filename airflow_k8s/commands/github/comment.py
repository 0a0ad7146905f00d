"""The comments on a pull request of this repository, one for every stack.

`from_fork` writes the comments on a pull request from a fork.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from airflow_k8s.commands.github.api import repository, run_address
from airflow_k8s.commands.github.body import Check, source, with_preview
from airflow_k8s.commands.github.sticky import write_comment

_PREVIEW = "<code>pulumi preview</code>"


def comments(
    stacks: Sequence[str], number: int, commit: str, folder: Path
) -> Iterator[tuple[str, str]]:
    """Writes or updates the comments. Yields (stack, address of its comment).

    `folder` holds the artifacts of the run: preview-STACK and engine-STACK. Raises UserError if
    GitHub refuses.
    """
    target = repository()
    for stack in stacks:
        body = _body(folder, stack)
        body += f"\n\n<sub>{source(commit, run_address())}</sub>\n"
        yield stack, write_comment(target, number, topic=f"preview of {stack}", body=body)


def _body(folder: Path, stack: str) -> str:
    file = folder / f"preview-{stack}" / "comment.md"
    text = file.read_text(encoding="utf-8") if file.exists() else f"### {stack}: no preview\n"
    return with_preview(text, _preview(folder / f"engine-{stack}"))


def _preview(folder: Path) -> Check:
    """The output and the outcome of `pulumi preview`; skipped if the job wrote no files."""
    if not (folder / "status").exists():
        return Check(name=_PREVIEW, outcome="skipped", output="")
    status = (folder / "status").read_text(encoding="utf-8").strip()
    output = (folder / "preview.txt").read_text(encoding="utf-8", errors="replace")
    return Check(name=_PREVIEW, outcome="success" if status == "0" else "failure", output=output)
