"""The command line itself: what all commands share."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import typer

from airflow_k8s import cli
from airflow_k8s.cli import main
from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.errors import UserError
from tests.conftest import PROGRAM, STACKS

RENDER = "airflow_k8s.rendering.rendered_stack.render"


def commands(
    group: Any = None, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it, those of groups included."""
    group = group or typer.main.get_command(cli.build())
    ctx = group.make_context(cli.NAME, ["--help"], resilient_parsing=True)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if hasattr(command, "list_commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = [pytest.param(path, command, id=" ".join(path)) for path, command in commands()]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Lets `render` fail with an exception."""

    def fail(error: BaseException) -> None:
        def render(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(RENDER, render)

    return fail


def test_the_commands_are_listed_in_the_order_of_use() -> None:
    assert [" ".join(path) for path, _ in commands()] == [
        *("render", "diff", "rehearse", "policy", "audit", "dags"),
        *("up", "status", "drift", "down"),
        *("github compose", "github comment", "github from-fork", "github issue"),
        *("dev e2e", "dev workflows", "dev tools", "dev benchmarks", "dev docs"),
    ]


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_the_help_of_a_command_has_a_description_examples_and_exit_codes(
    path: tuple[str, ...], command: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*path, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert command.help.split(". ")[0] in shown.replace("│", " ")
    assert f"airflow-platform {' '.join(path)}" in shown
    assert "Exit codes" in shown
    assert "130 interrupted" in shown


SAME_EVERYWHERE = {
    "--json": "FILE",
    "--markdown": "FILE",
    "--html": "FILE",
    "--sarif": "FILE",
    "--junit": "FILE",
    "--chart": "PATH",
    "--dags": "FOLDER",
}


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_an_option_has_the_same_value_in_every_command(path: object, command: Any) -> None:
    del path
    for parameter in command.params:
        for name in parameter.opts:
            if name in SAME_EVERYWHERE:
                assert parameter.metavar == SAME_EVERYWHERE[name]


@pytest.mark.parametrize("name", ["render", "rehearse", "dags", "drift", "up", "down", "status"])
@pytest.mark.parametrize("stack", [[], ["staging"]])
def test_a_missing_or_unknown_stack_is_a_usage_error_that_lists_the_stacks(
    name: str, stack: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, *stack]) == ExitCode.USAGE
    assert ", ".join(STACKS) in capsys.readouterr().err


@pytest.mark.parametrize("name", ["diff", "policy", "audit"])
def test_an_unknown_stack_among_several_is_a_usage_error(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "dev", "staging"]) == ExitCode.USAGE
    assert "staging" in capsys.readouterr().err


def test_a_user_error_is_one_message_with_the_name_of_the_command(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(UserError("the chart is missing"))
    assert main(["render", "dev"]) == ExitCode.FAILED
    assert capsys.readouterr().err == "render: the chart is missing\n"


def test_an_error_in_the_settings_names_the_file_of_the_stack(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(pulumi.RunError("namespace is wrong"))
    assert main(["render", "dev"]) == ExitCode.FAILED
    assert capsys.readouterr().err == "render: Pulumi.dev.yaml: namespace is wrong\n"


def test_a_bug_is_one_line_that_names_the_option_debug(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(KeyError("name"))
    assert main(["render", "dev"]) == ExitCode.FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert "internal error: KeyError: 'name'" in line
    assert "--debug" in line


@pytest.mark.parametrize("error", [UserError("missing"), KeyError("name"), OSError("no file")])
def test_the_option_debug_shows_the_traceback(
    failing: Callable[[BaseException], None],
    error: BaseException,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing(error)
    assert main(["--debug", "render", "dev"]) == ExitCode.FAILED
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_has_its_own_exit_code_and_no_traceback(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(KeyboardInterrupt())
    assert main(["render", "dev"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "render: interrupted\n"


def test_a_closed_pipe_ends_a_command_quietly() -> None:
    """A reader that is gone before the first line, such as `| head -0`."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "airflow_k8s", "policy", "--rules"],
        cwd=PROGRAM,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert done.stderr == ""
    assert done.returncode == ExitCode.BROKEN_PIPE


def test_the_project_is_the_nearest_folder_upward_with_a_pulumi_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / "Pulumi.mine.yaml").touch()
    (tmp_path / "dags" / "more").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "dags" / "more")
    assert main(["render"]) == ExitCode.USAGE
    assert "mine" in capsys.readouterr().err


def test_the_option_for_the_project_wins_over_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["-C", str(PROGRAM), "render"]) == ExitCode.USAGE
    assert ", ".join(STACKS) in capsys.readouterr().err


@pytest.mark.parametrize("option", [[], ["-C", "."]])
def test_a_folder_without_a_project_is_a_usage_error(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AIRFLOW_PLATFORM_PROJECT", raising=False)
    assert main([*option, "render", "dev"]) == ExitCode.USAGE
    assert "Pulumi.yaml" in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("airflow-platform ")


@pytest.mark.parametrize("group", [[], ["github"], ["dev"]])
def test_a_group_without_a_command_shows_its_help(
    group: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(group) == ExitCode.USAGE
    assert "--help" in capsys.readouterr().out


def test_the_shell_completes_the_names_of_the_stacks() -> None:
    environment = {
        **os.environ,
        "_AIRFLOW_PLATFORM_COMPLETE": "complete_bash",
        "COMP_WORDS": "airflow-platform render ",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-m", "airflow_k8s"],
        cwd=PROGRAM,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == list(STACKS)


def test_the_list_of_commands_imports_no_implementation() -> None:
    """`--help` and completion stay fast: Pulumi's SDK alone takes more than a second."""
    program = "import sys, airflow_k8s.cli as c; c.main(['--help']); print(sorted(sys.modules))"
    done = subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-c", program], cwd=PROGRAM, capture_output=True, text=True, check=True
    )
    modules = done.stdout.splitlines()[-1]
    assert "'airflow_k8s.cli'" in modules
    for heavy in ("pulumi", "kubernetes", "yaml", "requests", "dev"):
        assert f"'{heavy}'" not in modules


def test_the_group_dev_is_absent_outside_of_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_CHECKOUT", tmp_path)
    assert main(["dev", "tools"]) == ExitCode.USAGE
    assert "dev" in capsys.readouterr().err


def test_the_first_sentence_of_a_description_is_its_summary() -> None:
    def run() -> int:
        """Do one thing. Do another
        thing too."""
        return 0

    command = Command(name="x", run=run, examples=("x",), exit_codes={ExitCode.OK: "done"})
    assert command.summary == "Do one thing."
    assert command.description == "Do one thing. Do another thing too."
