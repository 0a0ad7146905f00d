"""Composes a stack's comment from the files that the steps of a workflow's job wrote."""

from collections.abc import Sequence
from pathlib import Path

from airflow_k8s.commands.github.body import Check, checked
from airflow_k8s.errors import UserError


def compose(stack: str, diff: Path, checks: Sequence[str]) -> str:
    """The comment in Markdown. Every item of `checks` is a text NAME:OUTCOME:FILE.

    FILE may be missing if the step did not run. Raises UserError if a text has another form.
    """
    return checked(_text(diff) or f"### {stack}: no diff", [_check(text) for text in checks])


def _check(text: str) -> Check:
    name, _, rest = text.partition(":")
    outcome, _, file = rest.partition(":")
    if not (name and outcome and file):
        raise UserError(f"{text} is not NAME:OUTCOME:FILE")
    return Check(name=name, outcome=outcome, output=_text(Path(file)))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
