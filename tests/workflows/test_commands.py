"""The commands in the workflows and in the documentation exist, with all their options.

A command that was renamed would fail at night, or in the hands of a reader.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from airflow_k8s import cli
from tests.conftest import PROGRAM
from tests.workflows.reading import steps

SCRIPTS = {step.where: step.script for step in steps() if step.script}
PAGES = [
    PROGRAM / "README.md",
    PROGRAM / "CONTRIBUTING.md",
    *sorted((PROGRAM / "docs").glob("*.md")),
]
TARGETS = set(re.findall(r"^([a-z0-9-]+):", (PROGRAM / "Makefile").read_text(), re.MULTILINE))

_CALL = re.compile(r"(?:^|[\s`(;])(?:\./)?airflow-platform +(?P<line>[^\n]+)", re.MULTILINE)
_END = re.compile(r"\s(?:2?>|\|\|?|&&|#)|;|\s*\)$|`")
_NAME = re.compile(r"(?:(?:github|dev) )?[a-z0-9-]+")
_MAKE = re.compile(r"(?:^|[\s`(;])make (?P<target>[a-z0-9-]+)", re.MULTILINE)
_BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def command_lines(text: str) -> Iterator[str]:
    """The arguments of every call of airflow-platform in a script."""
    for found in _CALL.finditer(text.replace("\\\n", " ")):
        yield _END.split(found["line"])[0].strip()


def blocks(page: str) -> list[str]:
    """The fenced blocks of a page of Markdown."""
    return _BLOCK.findall(page)


def inline_code(page: str) -> Iterator[str]:
    """The inline code of a page of Markdown."""
    for paragraph in _BLOCK.sub("", page).split("\n\n"):
        yield from re.findall(r"`([^`]+)`", paragraph)


def parse(line: str) -> None:
    """Parses a command line as the command does, without running it.

    Raises typer.TyperException if it is wrong. Placeholders are allowed for what differs: STACK,
    variables of the shell, and brackets around what is optional.
    """
    line = re.sub(r"[\[\]…]|\.\.\.", "", re.sub(r'"\$\{arguments\[@\]\}"', "", line))
    line = re.sub(r"\$\{?STACK\}?|\bSTACK\b", "dev", line).replace("$NUMBER", "7")
    command: Any = typer.main.get_command(cli.build())
    ctx = command.make_context(cli.NAME, ["-C", str(PROGRAM), *shlex.split(line)])
    while rest := [*getattr(ctx, "_protected_args", ()), *ctx.args]:
        name, command, rest = command.resolve_command(ctx, rest)
        ctx = command.make_context(name, rest, parent=ctx)
        if not hasattr(command, "resolve_command"):
            return


def check(line: str) -> None:
    """Parses a command line of a page. Raises typer.TyperException if it is wrong."""
    if line.endswith("--help"):
        with pytest.raises(typer.Exit):
            parse(line)
    else:
        parse(line)


@pytest.mark.parametrize("where", SCRIPTS)
def test_the_commands_of_a_workflow_exist(where: str) -> None:
    for line in command_lines(SCRIPTS[where]):
        parse(line)
    assert set(_MAKE.findall(SCRIPTS[where])) <= TARGETS


def test_the_workflows_call_the_commands_that_they_are_for() -> None:
    calls = [line.split() for script in SCRIPTS.values() for line in command_lines(script)]
    called = {" ".join(words[: 2 if words[0] in ("github", "dev") else 1]) for words in calls}
    assert called == {
        *("diff", "policy", "rehearse", "up", "status", "drift", "dev e2e"),
        *("github compose", "github comment", "github from-fork", "github issue"),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_exist(page: Path) -> None:
    text = page.read_text()
    for block in blocks(text):
        for line in command_lines(block):
            check(line)
        assert set(_MAKE.findall(block)) <= TARGETS
    for code in inline_code(text):
        for line in command_lines(code):
            # In a sentence, the name of a command can stand without a STACK.
            check(f"{line} --help" if _NAME.fullmatch(line) else line)
        assert set(_MAKE.findall(code)) <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_command_of_an_earlier_version(page: Path) -> None:
    text = page.read_text()
    assert "ARGS=" not in text
    assert "python -m" not in text


@pytest.mark.parametrize(
    "line", ["renders dev", "render dev --nope", "render", "github nope", "diff prod --base"]
)
def test_a_wrong_command_line_is_noticed(line: str) -> None:
    with pytest.raises(typer.TyperException):
        parse(line)
