"""`python -m policies.check`, as a person and CI use it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from airflow_k8s.cli import main
from airflow_k8s.stack.stack_file import StackConfig
from tests.conftest import changed_config
from tests.rendering.conftest import official_chart


@pytest.fixture
def chart() -> None:
    official_chart()


def changed(monkeypatch: pytest.MonkeyPatch, stack: str, **changes: Any) -> None:
    """One stack with other settings than its file has."""

    def with_changes(program: Path, name: str) -> StackConfig:
        return changed_config(name, program=program, **(changes if name == stack else {}))

    for module in ("airflow_k8s.rendering.rendered_stack", "airflow_k8s.stack.stack_file"):
        monkeypatch.setattr(f"{module}.stack_config", with_changes)


@pytest.mark.chart
@pytest.mark.usefixtures("chart")
def test_both_stacks_as_committed_break_no_mandatory_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sarif, junit, whole = (tmp_path / name for name in ("p.sarif", "p.xml", "p.json"))
    files = ["--sarif", str(sarif), "--junit", str(junit), "--json", str(whole)]
    assert main(["policy", *files]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == "✓ dev and prod violate no mandatory rule"
    counts = r"^prod: \d\d rules for \d\d objects\. Findings: 0 mandatory, "
    assert re.search(counts, shown, re.MULTILINE)
    assert "\x1b" not in shown, "colours are for terminals"
    assert json.loads(whole.read_text())["failed"] is False
    (run,) = json.loads(sarif.read_text())["runs"]
    found = [each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]]
    assert len(found) == len(set(found)), "code scanning would take two findings for one"
    assert [suite.name for suite in JUnitXml.fromfile(str(junit))] == ["dev", "prod"]


@pytest.mark.chart
@pytest.mark.usefixtures("chart")
def test_a_mandatory_violation_is_shown_with_its_object_and_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(monkeypatch, "dev", image={"repository": "apache/airflow", "tag": "latest"})
    assert main(["policy", "dev"]) == 1
    shown = capsys.readouterr().out
    assert "  ✗ image-pinned  mandatory\n" in shown
    (row,) = (line for line in shown.splitlines() if "container scheduler runs" in line)
    assert row.rstrip().endswith("container scheduler runs apache/airflow:latest")
    assert "    → Add the tag of a version" in shown
    assert re.search(r"^✗ dev has \d+ mandatory violations$", shown, re.MULTILINE)


@pytest.mark.chart
@pytest.mark.usefixtures("chart")
def test_a_stack_that_cannot_be_judged_hides_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(monkeypatch, "dev", namespce="x")
    assert main(["policy"]) == 1
    captured = capsys.readouterr()
    assert "policy: Pulumi.dev.yaml: the settings of this stack are wrong" in captured.err
    assert "did you mean namespace?" in captured.err
    assert captured.out.startswith("prod: ")
    assert captured.out.endswith("✗ dev can't be checked\n")


def test_an_invalid_chart_is_one_message_for_each_stack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "dev", "--chart", str(tmp_path / "none.tgz")]) == 1
    told = capsys.readouterr().err
    assert "policy: dev: " in told
    assert "none.tgz" in told
    assert "Traceback" not in told


def test_a_stack_that_is_named_twice_is_judged_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed(monkeypatch, "dev", namespce="x")
    file = tmp_path / "p.json"
    main(["policy", "dev", "dev", "--json", str(file)])
    assert len(json.loads(file.read_text())["stacks"]) == 1


def test_a_file_that_cannot_be_written_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(monkeypatch, "dev", namespce="x")
    for option in ("--sarif", "--junit", "--json"):
        assert main(["policy", "dev", option, str(tmp_path / "missing" / "file")]) == 1
        assert "No such file or directory" in capsys.readouterr().err


def test_the_rules_need_no_chart(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "--rules"]) == 0
    shown = capsys.readouterr().out
    assert "image-pinned  mandatory\n" in shown
    assert "replicas  off in dev, mandatory in prod  only for production\n" in shown


def test_the_rules_of_one_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "prod", "--rules"]) == 0
    assert "replicas  mandatory  only for production\n" in capsys.readouterr().out


def test_the_rules_of_a_stack_with_wrong_settings_are_not_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(monkeypatch, "dev", namespce="x")
    assert main(["policy", "--rules"]) == 1
    captured = capsys.readouterr()
    assert "policy: Pulumi.dev.yaml: " in captured.err
    assert not captured.out


def test_listing_the_rules_writes_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.sarif"
    assert main(["policy", "--rules", "--sarif", str(file)]) == 2
    assert "--rules" in capsys.readouterr().err
    assert not file.exists()
