"""Names and output use the terms of the field, not the project's old private vocabulary.

CONTRIBUTING.md has the rules ("Words"). This test checks only terms that have a better replacement
in every context. Local variables and tests are free.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import PROGRAM

FOLDERS = ("airflow_k8s", "components", "dags", "dev", "images", "policies")
# A ConfigMap of the stack contains this file, so every change of it restarts the API server.
EXEMPT = PROGRAM / "airflow_k8s" / "stack" / "chart" / "webserver_config.py"

NAMES: Mapping[str, str] = {  # part of a name -> what to use instead
    "anew": "again",
    "at_once": "fatal, or concurrency",
    "because": "reason",
    "called": "name, label or qualified_name",
    "held_to": "check",
    "likewise": "a name with the subject",
    "nobody": "no owner, or none",
    "party": "workload",
    "promised": "desired",
    "said": "message or output",
    "theatre": "environment",
    "told": "message",
    "whole": "complete",
    "words": "message",
    "world": "state",
}
OUTPUT: Mapping[str, str] = {  # phrase in an output -> what to use instead
    "another text than before": "changed",
    "anew": "again",
    "asks for": "requests",
    "be had": "is available",
    "gives no token": "automountServiceAccountToken: false",
    "held to": "checked",
    "left over": "orphaned",
    "likewise": "the same text again",
    "mended": "fixed",
    "nobody's": "no owner",
    "of others": "unmanaged",
    "promised": "desired",
    "told": "printed, reported or requested",
}
FILES = sorted(
    file for folder in FOLDERS for file in (PROGRAM / folder).rglob("*.py") if file != EXEMPT
)


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every name that other code can use."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        if isinstance(node, ast.Module | ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    yield field.lineno, field.target.id


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every string of one line, without docstrings.

    Strings of several lines are programs and regular expressions.
    """
    docstrings = {
        id(statement.value) for statement in ast.walk(tree) if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str) and "\n" not in node.value.strip():
            yield node.lineno, node.value


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def problems(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for line, name in names(tree):
        for term, instead in NAMES.items():
            if f"_{term}_" in f"_{snake_case(name)}_":
                yield f"{file.name}:{line}: name {name}: use {instead}"
    for line, text in texts(tree):
        for term, instead in OUTPUT.items():
            if re.search(rf"\b{term}\b", text):
                yield f"{file.name}:{line}: text {text!r}: instead of {term!r} use {instead}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROGRAM)))
def test_a_module_uses_the_terms_of_the_field(file: Path) -> None:
    assert list(problems(file)) == []


def test_an_old_name_and_an_old_phrase_are_found(tmp_path: Path) -> None:
    file = tmp_path / "old.py"
    file.write_text(
        "class ClusterWorld:\n    told: str\n\ndef f(at_once): return 'left over objects'\n"
    )
    found = list(problems(file))
    assert [problem.split(": ")[0] for problem in found] == [
        "old.py:1",
        "old.py:2",
        "old.py:4",
        "old.py:4",
    ]
