"""A drift on a terminal, in an issue, and as JSON."""

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from airflow_k8s.commands.drift import terminal
from airflow_k8s.commands.drift.as_json import as_json
from airflow_k8s.commands.drift.findings import Drift, FieldDrift, Finding, State
from airflow_k8s.commands.drift.markdown import markdown
from airflow_k8s.commands.drift.text import summary
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.markdown import LIMIT
from tests.commands.drift.samples import (
    ADDED,
    MISSING,
    NONE,
    ORPHANED,
    REJECTED,
    SCALED,
    TERMINATING,
    UNCHECKED,
)

SOME = replace(NONE, findings=(SCALED, ADDED, MISSING, ORPHANED), unmanaged=("ConfigMap/mine",))
EVERYTHING = replace(SOME, findings=(*SOME.findings, TERMINATING, REJECTED), unchecked=(UNCHECKED,))


def on_a_terminal(drift: Drift, width: int = 200) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False)
    for line in terminal.lines(drift):
        console.print(line)
    return out.getvalue()


@pytest.mark.parametrize(
    ("view", "name"),
    [(on_a_terminal, "terminal.txt"), (markdown, "issue.md"), (as_json, "document.json")],
)
def test_a_view_shows_every_state(
    view: Callable[[Drift], str], name: str, golden: Callable[[str, str], None]
) -> None:
    assert {finding.state for finding in EVERYTHING.findings} == set(State)
    golden(name, view(EVERYTHING))


def test_no_drift_is_the_scope_and_a_summary_with_the_counts() -> None:
    scope, result = on_a_terminal(NONE).splitlines()
    assert "the texts of 10 keys in Secrets" in scope
    assert result == summary(NONE)
    for count in ("69 objects", "2,267 fields", "0 differ"):
        assert count in result


def test_the_summary_counts_orphaned_and_unchecked_objects_apart() -> None:
    assert (EVERYTHING.differing, EVERYTHING.orphaned) == (5, 1)
    assert summary(EVERYTHING).endswith("5 differ, 1 orphaned, 1 not checked")


def test_control_characters_of_the_api_server_do_not_reach_the_terminal() -> None:
    rude = replace(SCALED, rejection="no\x1b[31m way", name="a\x1b[2J")
    assert "\x1b[31m" not in on_a_terminal(replace(NONE, findings=(rude,)))


@pytest.mark.parametrize(
    ("drift", "code"),
    [
        (NONE, ExitCode.OK),
        (SOME, ExitCode.DRIFT),
        (replace(NONE, unchecked=(UNCHECKED,)), ExitCode.FAILED),
        (replace(SOME, unchecked=(UNCHECKED,)), ExitCode.DRIFT),
        (replace(NONE, unmanaged=("ConfigMap/mine",)), ExitCode.OK),
    ],
)
def test_differences_exit_with_drift_and_an_incomplete_comparison_with_failed(
    drift: Drift, code: ExitCode
) -> None:
    assert drift.exit_code == code


@pytest.mark.parametrize("view", [on_a_terminal, markdown])
def test_an_unchecked_object_is_shown_with_the_message_of_the_api_server(
    view: Callable[[Drift], str],
) -> None:
    assert "secrets is forbidden" in view(replace(NONE, unchecked=(UNCHECKED,)))


def test_values_from_the_cluster_are_no_markup_in_the_issue() -> None:
    value = "`x` | <img src=x> @everyone\n# title"
    field = FieldDrift(path="a`|b", desired="", live=value, manager="")
    rude = replace(SCALED, name="<b>", fields=[field], rejection="`@everyone`")
    text = markdown(replace(NONE, stack="a*b", findings=(rude,)))
    assert "\n# title" not in text
    line = next(line for line in text.splitlines() if "everyone" in line and "img" in line)
    assert line.replace("\u200b", "").count(" | ") == 4, "its four cells"
    assert "<img" not in line
    assert "@everyone" not in line
    assert "a\\*b" in text


def test_a_large_drift_fits_into_an_issue_that_names_what_it_leaves_out() -> None:
    field = FieldDrift(path="spec." + "x" * 100, desired="y" * 300, live="z" * 300, manager="me")
    many = [
        Finding(
            state=State.CHANGED, kind="Job", name=f"j{n}", origin="", part="", fields=[field] * 50
        )
        for n in range(100)
    ]
    text = markdown(replace(NONE, findings=many))
    assert len(text) < LIMIT
    assert "more are not shown" in text
    assert "and 10 more fields" in text


def test_a_document_leaves_out_a_side_without_the_field() -> None:
    document = json.loads(as_json(SOME))
    assert document["fieldsCompared"] == 2267
    by_name = {finding["name"]: finding for finding in document["findings"]}
    assert by_name["airflow-scheduler"]["fields"] == [
        {
            "path": "spec.replicas",
            "desired": 2,
            "live": 5,
            "manager": "kubectl, 2026-11-26T01:10:48Z",
        }
    ]
    assert "desired" not in by_name["airflow-statsd"]["fields"][0]
    assert by_name["stray"]["state"] == "orphaned"
