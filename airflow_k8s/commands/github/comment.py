"""`python -m pull_request.comment`: the comments on a pull request of this repository, one a stack.

For one of a fork it is `pull_request.from_fork`.
"""

import argparse
import sys
from pathlib import Path

from airflow_k8s.commands.github.api import repository, run_address
from airflow_k8s.commands.github.body import Check, of, with_preview
from airflow_k8s.commands.github.sticky import comment
from airflow_k8s.errors import UserError

_PREVIEW = "<code>pulumi preview</code>"


def main(arguments: list[str]) -> int:
    """Exit status: 0 written, 1 a problem that is told in one message."""
    options = _parser().parse_args(arguments)
    try:
        where = repository()
        for stack in options.stack:
            body = _body(options.folder, stack)
            body += f"\n\n<sub>{of(options.commit, run_address())}</sub>\n"
            told = comment(where, options.number, about=f"preview of {stack}", body=body)
            sys.stdout.write(f"{stack}: {told}\n")
    except (UserError, OSError) as problem:
        sys.stderr.write(f"comment: {problem}\n")
        return 1
    return 0


def _body(folder: Path, stack: str) -> str:
    file = folder / f"preview-{stack}" / "comment.md"
    text = file.read_text(encoding="utf-8") if file.exists() else f"### {stack}: nothing was left\n"
    return with_preview(text, _preview(folder / f"engine-{stack}"))


def _preview(folder: Path) -> Check:
    """What the engine said, and how it ended; not run where nothing was left."""
    if not (folder / "status").exists():
        return Check(name=_PREVIEW, outcome="skipped", output="")
    ended = (folder / "status").read_text(encoding="utf-8").strip()
    output = (folder / "preview.txt").read_text(encoding="utf-8", errors="replace")
    return Check(name=_PREVIEW, outcome="success" if ended == "0" else "failure", output=output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pull_request.comment",
        description="Writes a pull request's comments, one a stack, or writes them anew. GitHub's"
        " variables and GITHUB_TOKEN say where and as whom.",
    )
    parser.add_argument("--stack", action="append", required=True, help="which stack, or several")
    parser.add_argument("--number", type=int, required=True, help="of the pull request")
    parser.add_argument("--commit", required=True, help="what was looked at")
    parser.add_argument(
        "--folder", type=Path, required=True, help="the artifacts: preview-STACK, engine-STACK"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
