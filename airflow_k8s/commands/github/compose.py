"""`python -m pull_request.compose`: a stack's comment, from what the steps of a job left."""

import argparse
import sys
from pathlib import Path

from airflow_k8s.commands.github.body import Check, looked_at


def main(arguments: list[str]) -> int:
    """Exit status: 0 written, 1 a problem that is told in one message."""
    options = _parser().parse_args(arguments)
    try:
        diff = _read(options.diff)
        checks = [
            Check(name=name, outcome=outcome, output=_read(Path(file)))
            for name, outcome, file in options.check
        ]
        text = looked_at(diff or f"### {options.stack}: no diff", checks)
        options.out.write_text(text, encoding="utf-8")
    except OSError as problem:
        sys.stderr.write(f"compose: {problem}\n")
        return 1
    return 0


def _read(file: Path) -> str:
    """What a step left; nothing where it did not get that far."""
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pull_request.compose",
        description="Puts a stack's comment together: the diff, and each check with its output.",
    )
    parser.add_argument("--stack", required=True, help="which stack")
    parser.add_argument(
        "--diff", type=Path, required=True, metavar="FILE", help="what make diff wrote as Markdown"
    )
    parser.add_argument(
        "--check",
        nargs=3,
        action="append",
        default=[],
        metavar=("NAME", "OUTCOME", "FILE"),
        help="a step: its name, how it ended in GitHub's word, and its output",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where it goes")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
