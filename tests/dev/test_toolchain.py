"""The command that installs the programs beside Python."""

from pathlib import Path

import pytest

from airflow_k8s.cli import main
from tests.programs import go, program


def test_a_tool_is_named_before_it_is_made(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    go(path, fails="karpenter")
    assert main(["dev", "tools"]) == 1
    shown = capsys.readouterr().err.splitlines()
    assert [line.split()[:2] for line in shown[:9]] == [
        ["building", name]
        for name in (
            *("actionlint", "helm", "kwokctl", "kwok", "etcd", "kube-apiserver"),
            *("kube-controller-manager", "kube-scheduler", "kubectl"),
        )
    ]
    assert "Karpenter" in shown[9]


def test_a_tool_that_is_not_available_ends_the_command(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(path / "actionlint", "echo 1.7.12")
    program(path / "helm", "echo v3.19.5")
    go(path, fails="kwokctl")
    assert main(["dev", "tools"]) == 1
    assert capsys.readouterr().err.splitlines()[1] == "tools: kwokctl 0.8.0 is not available:"
