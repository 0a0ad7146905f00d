"""What the tests share: the two stacks, evaluated as they are committed, once."""

from pathlib import Path
from typing import Any

import pytest

from render.evaluate import Evaluation, evaluate
from render.stack import settings_in, stack_config
from settings.model import Settings

PROGRAM = Path(__file__).parent.parent
STACKS = ("dev", "prod")


def evaluated(stack: str, **changes: Any) -> Evaluation:
    """The stack's whole program, run as committed but for the changed settings."""
    return evaluate(PROGRAM, stack_config(PROGRAM, stack, **changes))


def settings_of(stack: str, **changes: Any) -> Settings:
    """The stack's settings, as committed but for the changed ones."""
    return settings_in(stack_config(PROGRAM, stack, **changes), PROGRAM)


@pytest.fixture(scope="session")
def dev() -> Evaluation:
    return evaluated("dev")


@pytest.fixture(scope="session")
def prod() -> Evaluation:
    return evaluated("prod")


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> Evaluation:
    """Each stack in turn."""
    evaluation: Evaluation = request.getfixturevalue(request.param)
    return evaluation


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs, in a home without a cache."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def said() -> list[str]:
    """What a person was told."""
    return []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured is shown, whether or not they passed."""
    reports = [r for found in terminalreporter.stats.values() for r in found]
    told = [
        text
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, text in report.user_properties
        if name == "told"
    ]
    if told:
        terminalreporter.section("measured")
        for text in told:
            terminalreporter.line(str(text))
