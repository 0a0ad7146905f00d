"""What a pull request's comment says of a stack, put together from what the checks left."""

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_k8s.commands.github.markdown import MOST, cut, fenced, folded, last_lines, neutral

LOOKED_AT = MOST - 3_000
"""Characters of what needs no credentials (diff, policies, rehearsal): `pulumi preview` and the
lines around it have the rest."""

_LEAST = 700  # characters of each check's output, however long the diff is
_SAID = {"success": "passed", "failure": "failed", "cancelled": "cancelled", "skipped": "not run"}


@dataclass(frozen=True, kw_only=True)
class Check:
    """A step of the workflow, and the output that it left."""

    name: str
    outcome: str
    """GitHub's word for how it ended."""
    output: str

    @property
    def said(self) -> str:
        """How it ended, in a word of ours."""
        return _SAID.get(self.outcome, "unknown")


def looked_at(diff: str, checks: Sequence[Check]) -> str:
    """What did not pass first, then the diff as it is, then each check's output, folded."""
    wrong = [f"> **{each.name}: {each.said}**\n" for each in checks if each.outcome != "success"]
    first = "\n".join(["> [!WARNING]", ">\n".join(wrong)]) if wrong else ""
    shown = [each for each in checks if each.output.strip()]
    rest = LOOKED_AT - len(first) - len(diff) - 150 * len(shown)
    room = max(_LEAST, rest // max(1, len(shown)))
    parts = [_part(each, room) for each in shown]
    text = "\n".join([each for each in (first, f"{diff.rstrip()}\n", *parts) if each.strip()])
    return cut(text, LOOKED_AT, "*Cut here: the whole is in the run's log.*\n")


def _part(check: Check, room: int) -> str:
    said = check.said if check.outcome == "success" else f"<b>{check.said}</b>"
    return folded(f"{check.name}: {said}", fenced(last_lines(check.output, room)))


def with_preview(text: str, preview: Check) -> str:
    """What was looked at, and `pulumi preview` below it, as much of it as finds room."""
    room = MOST - len(text) - 500
    below = _part(preview, room) if preview.output.strip() else f"{preview.name}: {preview.said}\n"
    return f"{text.rstrip()}\n\n{below}"


def of(commit: str, run: str) -> str:
    """Of which commit this is, and by which run."""
    return f"Of {commit[:12]}, by [this run]({run})."


def from_fork(text: str, commit: str, run: str) -> str:
    """What a fork's own code says of itself: told so first, and kept from doing anything."""
    # Above the text, which could leave a block open and swallow what follows.
    banner = (
        "> [!NOTE]\n"
        "> This comes from a fork: it is what the code of the pull request says of itself, made"
        " without credentials and checked by nobody. `pulumi preview` is not run for it."
        f" {of(commit, run)}\n\n"
    )
    return banner + cut(neutral(text), MOST - len(banner) - 500, "*Cut here.*\n")
