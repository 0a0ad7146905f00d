"""Comments on changes of this repository's own history, in docs/diff/.

`python -m diff.examples` (`make docs`) writes them; a test tells when they are behind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from airflow_k8s.commands.diff.difference import between
from airflow_k8s.commands.diff.markdown import markdown
from airflow_k8s.commands.diff.revisions import Rendering

PROGRAM = Path(__file__).parents[2]
FOLDER = PROGRAM / "docs" / "diff"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A comment on what one commit, or some, did to a stack."""

    base: str
    to: str
    stack: str

    @property
    def command(self) -> str:
        """What shows it."""
        return f"make diff BASE={self.base} TO={self.to} STACK={self.stack}"


EXAMPLES: Mapping[str, Example] = {
    "lost-key": Example(base="3f5399a", to="7fa8955", stack="prod"),
    "least-privilege": Example(base="6b1907f", to="b3e1f60", stack="prod"),
    "read-only-roots": Example(base="b3e1f60", to="3963256", stack="dev"),
    "no-difference": Example(base="3963256", to="5b23b43", stack="prod"),
}


def example(which: Example, rendering: Rendering) -> str:
    """The text of its file."""
    found = between(PROGRAM, which.stack, which.base, rendering, to=which.to)
    return f"<!-- {which.command} -->\n\n{markdown([found])}"


def _write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, each in EXAMPLES.items():
        text = example(each, Rendering(strict=True, notify=print))
        (FOLDER / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write()
