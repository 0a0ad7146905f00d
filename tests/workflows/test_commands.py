"""What the workflows call is there: a target that was renamed would fail only at night."""

import re
from importlib.util import find_spec

from tests.conftest import PROGRAM
from tests.workflows.reading import steps

SCRIPTS = "\n".join(each.script for each in steps())


def test_every_target_of_make_that_is_called_is_one() -> None:
    called = set(re.findall(r"\bmake ([a-z0-9-]+)", SCRIPTS))
    targets = set(re.findall(r"^([a-z0-9-]+):", (PROGRAM / "Makefile").read_text(), re.MULTILINE))
    assert {"test", "diff", "policy", "rehearse", "up", "status", "e2e"} <= called
    assert called - targets == set()


def test_every_program_that_is_run_is_one() -> None:
    called = set(re.findall(r"\.venv/bin/python -m ([\w.]+)", SCRIPTS))
    assert {
        "airflow_k8s.commands.drift.command",
        "airflow_k8s.commands.github.compose",
        "airflow_k8s.commands.github.from_fork",
    } <= called
    absent = [each for each in called if find_spec(each) is None]
    assert absent == []


def test_the_pages_of_the_documentation_name_targets_that_are_there() -> None:
    text = (PROGRAM / "docs" / "ci.md").read_text()
    called = set(re.findall(r"`make ([a-z0-9-]+)", text))
    targets = set(re.findall(r"^([a-z0-9-]+):", (PROGRAM / "Makefile").read_text(), re.MULTILINE))
    assert called - targets == set()
