"""The command `audit` with a simulated checkov."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from airflow_k8s.cli import main
from airflow_k8s.commands.audit import exceptions
from airflow_k8s.commands.audit.scan import Audited
from airflow_k8s.commands.audit.targets import CHART, targets
from airflow_k8s.errors import UserError
from airflow_k8s.rendering.manifests import Object
from tests.commands.audit.samples import failure
from tests.conftest import PROGRAM, STACKS
from tests.rendering.conftest import official_chart

ENTRY = (
    "- {check: CKV_K8S_%s, objects: ['*'], reason: It can not be had here., reviewed: 2026-11-25}\n"
)


@cache
def _targets() -> list[tuple[str, Sequence[Object]]]:
    """All of them, rendered once."""
    official_chart()
    return list(targets(PROGRAM, STACKS, chart=None, notify=print))


def _chosen(
    _project: Path, stacks: Sequence[str], **_: object
) -> list[tuple[str, Sequence[Object]]]:
    """Those of the chosen stacks, and the chart's."""
    return [(name, objects) for name, objects in _targets() if name in (*stacks, CHART)]


def _scan(_python: Path, objects: Sequence[Object]) -> list[Audited]:
    """Finds fault with whatever has pods."""
    return [
        Audited(
            object=each.qualified_name,
            passed=3,
            failures=[failure("CKV_K8S_22", each.qualified_name)] if each.pods else [],
        )
        for each in objects
    ]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The exceptions."""
    file = tmp_path / "exceptions.yaml"
    read = exceptions.read
    monkeypatch.setattr("airflow_k8s.commands.audit.exceptions.read", lambda: read(file))
    monkeypatch.setattr("airflow_k8s.commands.audit.targets.targets", _chosen)
    monkeypatch.setattr("airflow_k8s.commands.audit.scan.scan", _scan)
    monkeypatch.setattr("airflow_k8s.toolchain.checkov.find_checkov", lambda _: Path("python"))
    return file


@pytest.mark.chart
def test_all_subjects_are_counted_and_explained(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(ENTRY % 22)
    told = tmp_path / "audit.json"
    assert main(["audit", "--json", str(told)]) == 0
    assert "| prod " in capsys.readouterr().out
    subjects = json.loads(told.read_text())["targets"]
    assert list(subjects) == ["chart's defaults", "chart's defaults, task pod", "dev", "prod"]
    assert subjects["chart's defaults, task pod"]["failed"] == 1
    assert subjects["prod"]["unexplained"] == 0


@pytest.mark.chart
def test_what_is_not_explained_or_not_needed_fails(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(ENTRY % 11)
    assert main(["audit"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "  CKV_K8S_22  Be careful: Deployment/airflow-scheduler" in lines
    assert lines[-2:] == ["exceptions that match no failure:", "  CKV_K8S_11 of *"]


@pytest.mark.chart
def test_an_exception_for_another_stack_is_not_reported_as_unused(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(ENTRY % 22 + ENTRY % 11)
    assert main(["audit", "dev"]) == 0
    table = capsys.readouterr().out
    assert "| dev " in table
    assert "| prod " not in table


def test_a_problem_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(_notify: object) -> Path:
        raise UserError("checkov can't be installed:\nno network")

    monkeypatch.setattr("airflow_k8s.toolchain.checkov.find_checkov", none)
    assert main(["audit"]) == 1
    assert capsys.readouterr().err == "audit: checkov can't be installed:\nno network\n"
