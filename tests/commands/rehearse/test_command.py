"""The command `rehearse`: errors before anything is started."""

from pathlib import Path

import pytest

from airflow_k8s.cli import main


@pytest.fixture(autouse=True)
def no_control_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object, **__: object) -> None:
        raise AssertionError("a control plane was started")

    monkeypatch.setattr("airflow_k8s.commands.rehearse.embedded.control_plane", start)


def error_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What it says on standard error, in one line."""
    assert main(["rehearse", "dev", *arguments]) == 1
    return " ".join(capsys.readouterr().err.split())


def test_the_error_lists_every_mistake_in_an_inventory(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("nodes: [{name: cpu, cpu: many}]\noperator: [karpenter]\n")
    messages = error_of(capsys, "--inventory", str(file))
    assert "mine.yaml is wrong" in messages
    assert "nodes[0].cpu is 'many'" in messages
    assert "did you mean operators?" in messages


def test_a_revision_that_git_does_not_know_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no revision nowhere" in error_of(capsys, "--from", "nowhere")


@pytest.mark.parametrize("arguments", [["staging"], []])
def test_a_missing_or_unknown_stack_is_a_usage_error_that_lists_the_stacks(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(["rehearse", *arguments]) == 2
    assert "dev, prod" in capsys.readouterr().err
