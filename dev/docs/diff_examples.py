"""The examples of `airflow-platform diff` in docs/diff/, one pull-request comment each.

`make docs` writes them, and a test fails when they are out of date. Each example is one file in
`dev/docs/diff_changes/`: it turns a copy of today's program into the program "before" the change.
Both programs are evaluated by their own code.
"""

import dataclasses
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.commands.diff.difference import compare_revisions
from airflow_k8s.commands.diff.markdown import markdown
from airflow_k8s.commands.diff.revisions import RenderOptions
from dev.program_copy import PROGRAM, Edit, ProgramChange, commit_before, copy_program

FOLDER = PROGRAM / "docs" / "diff"
_CHANGES = Path(__file__).parent / "diff_changes"
_BASE = "main"  # the name of the revision "before" in the examples


@dataclass(frozen=True, kw_only=True)
class Example:
    """One file of `diff_changes`: the stack, and what its program was like before."""

    name: str
    stack: str
    before: ProgramChange

    @property
    def command(self) -> str:
        """The command that prints the example."""
        return f"airflow-platform diff {self.stack} --base {_BASE}"


def _example(file: Path) -> Example:
    content: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    before: Mapping[str, Any] = content["before"]
    return Example(
        name=file.stem,
        stack=content["stack"],
        before=ProgramChange(
            settings=before.get("settings", {}),
            edits=[Edit(**edit) for edit in before.get("edits", [])],
        ),
    )


EXAMPLES: Mapping[str, Example] = {
    file.stem: _example(file) for file in sorted(_CHANGES.glob("*.yaml"))
}


def comment(example: Example, options: RenderOptions) -> str:
    """The text of the example's file in docs/diff/."""
    with tempfile.TemporaryDirectory() as folder:
        program = copy_program(Path(folder) / "program")
        commit_before(example.before, program, example.stack)
        found = compare_revisions(program, example.stack, "HEAD", options)
    # The hash of a commit in a temporary repository means nothing, and differs at every run.
    found = dataclasses.replace(found, base=_BASE)
    return f"<!-- {example.command} -->\n\n{markdown([found])}"


def write() -> None:
    """Writes the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, example in EXAMPLES.items():
        text = comment(example, RenderOptions(strict=True, notify=print))
        (FOLDER / f"{name}.md").write_text(text, encoding="utf-8")
