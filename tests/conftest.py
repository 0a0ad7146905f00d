"""What the tests share: the two stacks, evaluated as they are committed, once."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.rendering.evaluate import Evaluation, evaluate
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import settings_in, stack_config
from airflow_k8s.toolchain import releases

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
    """The only folder on PATH, for a user with an empty cache; no release can be downloaded."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(releases, "RELEASES", ())
    return folder


@pytest.fixture
def messages() -> list[str]:
    """What a person was told."""
    return []


@pytest.fixture
def nobody() -> str:
    """An address at which nobody listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files as the views are now"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a view's output with the file `golden/NAME` beside the test file.

    With --update-golden the file is written instead, and its change is reviewed like code.
    """
    folder = request.path.parent / "golden"

    def compare(name: str, output: str) -> None:
        file = folder / name
        if request.config.getoption("--update-golden"):
            folder.mkdir(exist_ok=True)
            file.write_text(output, encoding="utf-8")
        assert file.exists(), f"{file} is missing: run pytest --update-golden"
        assert output == file.read_text(encoding="utf-8")

    return compare


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
