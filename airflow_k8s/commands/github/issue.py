"""`python -m pull_request.issue`: the one issue of a stack that has drifted, until it has not."""

import argparse
import sys
from pathlib import Path

from airflow_k8s.commands.github.api import repository, run_address
from airflow_k8s.commands.github.markdown import MOST, cut, fenced, folded, last_lines
from airflow_k8s.commands.github.sticky import close, issue
from airflow_k8s.errors import UserError

_ROOM_FOR_ENGINE = 15_000


def main(arguments: list[str]) -> int:
    """Exit status: 0 written or closed, 1 a problem that is told in one message."""
    options = _parser().parse_args(arguments)
    about = f"drift of {options.stack}"
    try:
        where, run = repository(), run_address()
        if options.gone:
            closed = close(where, about=about, because=f"Gone, as [this run]({run}) saw.")
            told = "\n".join(f"closed {each}" for each in closed) or "nothing to close"
        else:
            body = _body(options.stack, options.live, options.engine, run)
            told = issue(where, about=about, title=f"Drift in {options.stack}", body=body)
    except (UserError, OSError) as problem:
        sys.stderr.write(f"issue: {problem}\n")
        return 1
    sys.stdout.write(f"{options.stack}: {told}\n")
    return 0


def _body(stack: str, live: Path | None, engine: Path | None, run: str) -> str:
    first = (
        f"The cluster of **{stack}** holds something else than `main` says, as [this run]({run})"
        " saw: somebody changed it by other ways, or what is on `main` was not brought up.\n\n"
        f"`make up STACK={stack}` brings back what `main` says. This issue is written anew every"
        " night, and closed when nothing differs.\n\n"
    )
    said = _read(engine)
    last = ""
    if said.strip():
        words = fenced(last_lines(said, _ROOM_FOR_ENGINE))
        last = folded("<code>pulumi preview --refresh</code>", words)
    room = MOST - len(first) - len(last) - 500
    return f"{first}{cut(_read(live), room, '*Cut here: the whole is in the run.*')}\n\n{last}"


def _read(file: Path | None) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pull_request.issue",
        description="Opens a stack's one issue of drift or writes it anew, or closes it. GitHub's"
        " variables and GITHUB_TOKEN say where and as whom.",
    )
    parser.add_argument("--stack", required=True, help="which stack")
    parser.add_argument("--live", type=Path, metavar="FILE", help="what make drift wrote")
    parser.add_argument("--engine", type=Path, metavar="FILE", help="what pulumi preview said")
    parser.add_argument("--gone", action="store_true", help="nothing differs any more: close it")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
