"""A drift as it is told: on a terminal, in an issue, to other programs."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from airflow_k8s.commands.drift import terminal
from airflow_k8s.commands.drift.as_json import as_json
from airflow_k8s.commands.drift.findings import Drift, Field, Finding
from airflow_k8s.commands.drift.markdown import LIMIT, markdown
from airflow_k8s.commands.drift.text import summary
from tests.commands.drift.samples import ADDED, LEFT_OVER, MISSING, NONE, SCALED, UNSEEN

SOME = replace(NONE, findings=(SCALED, ADDED, MISSING, LEFT_OVER), others=("ConfigMap/mine",))


def on_a_terminal(drift: Drift, width: int = 200) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False)
    for line in terminal.lines(drift):
        console.print(line)
    return out.getvalue()


def test_no_difference_is_one_verdict_with_the_counts() -> None:
    told = on_a_terminal(NONE).splitlines()
    assert len(told) == 2
    assert told[-1] == ("prod on context airflow-prod: 69 objects, 2,267 fields compared, 0 differ")


def test_what_was_not_compared_is_said_even_where_nothing_differs() -> None:
    assert "the texts of 10 keys in Secrets" in on_a_terminal(NONE)


def test_each_object_is_told_with_its_fields_both_sides_and_who_wrote_them() -> None:
    told = on_a_terminal(SOME)
    assert "✗ Deployment/airflow-scheduler  changed, scheduler" in told
    assert "spec.replicas  2 → 5  by kubectl, 2026-11-26T01:10:48Z" in told
    assert "metadata.labels.team  absent → data  by kubectl-label" in told
    assert "✗ Secret/airflow-admin  missing, secrets" in told
    assert "✗ ConfigMap/stray  left over" in told
    assert "of others in the namespace: ConfigMap/mine" in told
    assert told.splitlines()[-1].endswith("3 differ, 1 left over")


def test_what_the_server_says_can_not_steer_the_terminal() -> None:
    rude = replace(SCALED, words="no\x1b[31m way", name="a\x1b[2J")
    assert "\x1b[31m" not in on_a_terminal(replace(NONE, findings=(rude,)))


@pytest.mark.parametrize(
    ("drift", "status"),
    [
        (NONE, 0),
        (SOME, 2),
        (replace(NONE, unseen=(UNSEEN,)), 1),
        (replace(SOME, unseen=(UNSEEN,)), 2),
        (replace(NONE, others=("ConfigMap/mine",)), 0),
    ],
)
def test_the_exit_status_is_2_for_differences_and_1_where_not_all_was_seen(
    drift: Drift, status: int
) -> None:
    assert drift.status == status


def test_what_could_not_be_looked_at_is_told_with_the_servers_words() -> None:
    drift = replace(NONE, unseen=(UNSEEN,))
    for told in (on_a_terminal(drift), markdown(drift)):
        assert "secrets is forbidden" in told
    assert "1 not looked at as they should" in summary(drift)


def test_the_issue_has_a_table_of_the_fields() -> None:
    assert "  | `spec.replicas` | `2` | `5` | `kubectl, 2026-11-26T01:10:48Z` |\n" in markdown(SOME)


def test_words_of_others_can_not_leave_their_place_in_the_issue() -> None:
    value = "`x` | <img src=x> @everyone\n# title"
    field = Field(path="a`|b", promised="", live=value, by="")
    rude = replace(SCALED, name="<b>", fields=[field], words="`@everyone`")
    told = markdown(replace(NONE, stack="a*b", findings=(rude,)))
    assert "\n# title" not in told
    line = next(line for line in told.splitlines() if "everyone" in line and "img" in line)
    assert line.replace("\u200b", "").count(" | ") == 4, "its four cells"
    assert "<img" not in line
    assert "@everyone" not in line
    assert "a\\*b" in told


def test_a_large_drift_still_fits_into_an_issue_and_says_what_it_leaves_out() -> None:
    field = Field(path="spec." + "x" * 100, promised="y" * 300, live="z" * 300, by="me")
    many = [
        Finding(what="changed", kind="Job", name=f"j{n}", origin="", part="", fields=[field] * 50)
        for n in range(100)
    ]
    told = markdown(replace(NONE, findings=many))
    assert len(told) < LIMIT
    assert "more are not shown here" in told
    assert "and 10 fields more" in told


def test_other_programs_get_all_of_it_and_tell_an_absent_side_from_null() -> None:
    document = json.loads(as_json(SOME))
    assert document["fieldsCompared"] == 2267
    by_name = {each["name"]: each for each in document["findings"]}
    assert by_name["airflow-scheduler"]["fields"] == [
        {
            "path": "spec.replicas",
            "promised": 2,
            "live": 5,
            "by": "kubectl, 2026-11-26T01:10:48Z",
        }
    ]
    assert "promised" not in by_name["airflow-statsd"]["fields"][0]
    assert by_name["stray"]["what"] == "left over"
