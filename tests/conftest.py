"""Fixtures that all tests share, such as the two stacks with their committed settings."""

from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import StackConfig, config_from, read_mapping, settings_in
from airflow_k8s.toolchain import releases

PROGRAM = Path(__file__).parent.parent
STACKS = ("dev", "prod")


def changed_config(stack: str, *, program: Path = PROGRAM, **changes: Any) -> StackConfig:
    """The config of a committed stack with changed settings.

    None removes a setting. A value of type Secret counts as encrypted.
    """
    project = read_mapping(program / "Pulumi.yaml")
    content = read_mapping(program / f"Pulumi.{stack}.yaml")
    changed = {key if ":" in key else f"{project['name']}:{key}": v for key, v in changes.items()}
    committed = content.get("config") or {}
    config = config_from(stack, project, {**content, "config": committed | changed})
    if "placeholders" not in changes:
        return config
    # `config_from` always accepts placeholders.
    key = f"{project['name']}:placeholders"
    texts = {name: text for name, text in config.texts.items() if name != key}
    refused = changes["placeholders"]
    return replace(config, texts=texts | ({} if refused is None else {key: refused}))


def evaluated(stack: str, **changes: Any) -> Evaluation:
    """The evaluation of a committed stack with changed settings."""
    return evaluate(PROGRAM, changed_config(stack, **changes))


def settings_of(stack: str, **changes: Any) -> Settings:
    """The settings of a committed stack, with changed ones."""
    return settings_in(changed_config(stack, **changes), PROGRAM)


@pytest.fixture(scope="session")
def dev() -> Evaluation:
    return evaluated("dev")


@pytest.fixture(scope="session")
def prod() -> Evaluation:
    return evaluated("prod")


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> Evaluation:
    """Both stacks: a test that uses this fixture runs once for each."""
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
    """The messages that a function passed to `notify`."""
    return []


@pytest.fixture
def refusing_address() -> str:
    """An address that refuses connections."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the current views to the golden files"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a view's output with the file `golden/NAME` in the folder of the test file.

    With --update-golden the file is written first. Review its diff like code.
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
    """Prints what tests recorded by `record_property("measured", text)`, also if they passed."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    texts = [
        text
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, text in report.user_properties
        if name == "measured"
    ]
    if texts:
        terminalreporter.section("measured")
        for text in texts:
            terminalreporter.line(str(text))
