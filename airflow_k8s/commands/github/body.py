"""The text of a comment on a pull request, composed from the output of the checks."""

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_k8s.console.markdown import LIMIT, cut, fenced, folded, last_lines, neutral

CHECKED_LIMIT = LIMIT - 3_000
"""Characters for the checks that need no credentials (diff, policies, rehearsal). The rest is for
`pulumi preview` and the lines around it."""

_LEAST = 700  # characters of the output of every check, even next to a long diff
_OUTCOMES = {
    "success": "passed",
    "failure": "failed",
    "cancelled": "cancelled",
    "skipped": "not run",
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """A step of the workflow that checks the stack, with its outcome and output."""

    name: str
    outcome: str
    """As GitHub names it: success, failure, cancelled or skipped."""
    output: str

    @property
    def result(self) -> str:
        """The outcome as the comment shows it: passed, failed, cancelled, not run or unknown."""
        return _OUTCOMES.get(self.outcome, "unknown")


def checked(diff: str, checks: Sequence[Check]) -> str:
    """The part of the comment about the checks, in Markdown.

    It has a warning if a check did not pass, the diff, and the folded output of every check.
    """
    failed = [
        f"> **{check.name}: {check.result}**\n" for check in checks if check.outcome != "success"
    ]
    warning = "\n".join(["> [!WARNING]", ">\n".join(failed)]) if failed else ""
    shown = [check for check in checks if check.output.strip()]
    rest = CHECKED_LIMIT - len(warning) - len(diff) - 150 * len(shown)
    room = max(_LEAST, rest // max(1, len(shown)))
    outputs = [_folded_output(check, room) for check in shown]
    parts = [part for part in (warning, f"{diff.rstrip()}\n", *outputs) if part.strip()]
    return cut("\n".join(parts), CHECKED_LIMIT, "*Cut here: the run's log has the rest.*\n")


def _folded_output(check: Check, room: int) -> str:
    result = check.result if check.outcome == "success" else f"<b>{check.result}</b>"
    return folded(f"{check.name}: {result}", fenced(last_lines(check.output, room)))


def with_preview(text: str, preview: Check) -> str:
    """Appends the output of `pulumi preview` to the text about the checks.

    Only the last lines of the output are kept if GitHub's limit for a comment is exceeded.
    """
    if preview.output.strip():
        below = _folded_output(preview, LIMIT - len(text) - 500)
    else:
        below = f"{preview.name}: {preview.result}\n"
    return f"{text.rstrip()}\n\n{below}"


def source(commit: str, run: str) -> str:
    """A sentence that names the commit and links the run."""
    return f"Of {commit[:12]}, by [this run]({run})."


def from_fork(text: str, commit: str, run: str) -> str:
    """The text that the workflow of a fork wrote, made harmless, below a note about its origin."""
    # The note is above the text: the text could leave a block open that would swallow the note.
    note = (
        "> [!NOTE]\n"
        "> This comes from a fork: the code of the pull request wrote it, without credentials, and"
        " nobody has verified it. `pulumi preview` is not run for a fork."
        f" {source(commit, run)}\n\n"
    )
    return note + cut(neutral(text), LIMIT - len(note) - 500, "*Cut here.*\n")
