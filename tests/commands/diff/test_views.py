"""A difference on a terminal, in a pull request's comment, and as JSON."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from rich.console import Console

from airflow_k8s.commands.diff.as_json import as_json
from airflow_k8s.commands.diff.difference import Difference, compare
from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind
from airflow_k8s.commands.diff.markdown import MAX_LENGTH, markdown
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.commands.diff.terminal import lines
from airflow_k8s.commands.diff.values import as_line
from airflow_k8s.kube.fields import ABSENT, FieldChange
from airflow_k8s.stack.settings.secret import Secret
from airflow_k8s.stack.stack_file import PLACEHOLDER_SECRET
from tests.commands.diff.samples import deployment, every_kind, made
from tests.commands.diff.stacks import with_changed

pytestmark = pytest.mark.chart
View = Callable[[Difference], str]


def terminal(found: Difference) -> str:
    console = Console(width=200, highlight=False, markup=False)
    with console.capture() as captured:
        for line in lines(found):
            console.print(line)
    return captured.get()


def comment(found: Difference) -> str:
    return markdown([found])


def document(found: Difference) -> str:
    return as_json([found])


@cache
def same() -> Difference:
    return with_changed("dev")


@cache
def larger() -> Difference:
    """A second scheduler, and a rotated key for tokens."""
    return with_changed("dev", scheduler={"replicas": 2}, secrets={"jwtSecret": {"rotation": 2}})


@cache
def lost() -> Difference:
    return with_changed("dev", data={"storageClass": "fast"})


def with_consequence(subject: str, message: str) -> Difference:
    consequence = Consequence(kind=Kind.PERMISSION, subject=subject, message=message)
    return replace(same(), consequences=[consequence])


def with_field(before: object, after: object, path: str = "spec.text") -> Difference:
    change = FieldChange(path=path, before=before, after=after)
    both = ObjectChange(before=deployment(), after=deployment(), fields=[change])
    return replace(same(), changes=[both])


@pytest.mark.parametrize(
    ("view", "name"),
    [(terminal, "terminal.txt"), (comment, "comment.md"), (document, "document.json")],
)
def test_a_view_shows_every_kind_of_consequence(
    view: View, name: str, golden: Callable[[str, str], None]
) -> None:
    found = compare(every_kind())
    assert {consequence.kind for consequence in found.consequences} == set(Kind)
    golden(name, view(found))


def test_no_difference_is_one_line() -> None:
    printed = terminal(same())
    assert printed.count("\n") == 1
    assert [line for line in comment(same()).splitlines() if line] == [
        f"### {printed.strip().replace('  ', ': ', 1)}".replace("(", "\\(").replace(")", "\\)")
    ]


@pytest.mark.parametrize("view", [terminal, comment, document])
def test_every_view_shows_what_restarts_and_what_changes(view: View) -> None:
    text = view(larger()).replace("\\", "")
    for fact in (
        "Deployment/airflow-scheduler",
        "from 1 pod to 2",
        "Secret/airflow-jwt-secret",
        "spec.replicas",
        "a secret was rotated",
    ):
        assert fact in text, text


@pytest.mark.parametrize("view", [terminal, comment, document])
def test_no_view_shows_the_text_of_a_secret(view: View) -> None:
    shown = view(larger())
    texts = [
        text.reveal()
        for change in larger().changes
        if change.object.kind == "Secret"
        for text in change.object.manifest["stringData"].values()
    ]
    assert texts, "the key for tokens changes"
    assert [text for text in (PLACEHOLDER_SECRET, *texts) if text in shown] == []
    hidden = view(with_field(Secret("hunter2"), Secret("hunter3")))
    assert "hunter" not in hidden
    assert "secret" in hidden


@pytest.mark.parametrize("view", [terminal, comment])
def test_lost_data_comes_first(view: View) -> None:
    text = view(lost())
    first = [line for line in text.splitlines() if line.strip()][1:3]
    assert any(Kind.DATA_LOSS.heading in line or "CAUTION" in line for line in first), text


def test_a_comment_has_a_short_summary_and_folded_details() -> None:
    summary, _, rest = comment(larger()).partition("<details>")
    assert len(summary.splitlines()) < 20
    assert len(summary.split()) < 250
    assert rest.count("</details>") == 3
    assert "USD a month" in summary


def test_a_value_with_fences_does_not_end_a_block_of_the_comment() -> None:
    text = comment(with_field("a", "``` and ````\nmore", path="data[x]"))
    fences = re.findall(r"^(`{3,})", text, re.MULTILINE)
    assert fences == ["`````", "`````"]


@pytest.mark.parametrize(
    "text",
    [
        "@airflow-team",
        "see #42",
        "https://evil.example",
        "www.evil.example",
        "[click](https://evil.example)",
        "<img src=x>",
        "a | b",
        "**bold**",
        "</summary></details>",
        "![x](y)",
    ],
)
def test_text_of_a_pull_request_is_no_markup_in_the_comment(text: str) -> None:
    shown = comment(with_consequence(text, text))
    assert text not in re.sub(r"`[^`]*`", "", shown), "it may stand unchanged only as code"


def test_a_new_line_in_a_name_starts_no_heading_in_the_comment() -> None:
    shown = comment(with_consequence("a\n# b", "c\n\n# d"))
    assert not re.search(r"^# ", shown, re.MULTILINE)


def test_control_characters_do_not_reach_a_terminal() -> None:
    evil = "\x1b[31mred\x1b]0;title\x07"
    found = with_consequence("a", evil)
    assert "\x1b" not in terminal(found) + terminal(with_field("a", evil))


def test_a_comment_is_never_too_long_for_github() -> None:
    many = [
        ObjectChange(
            before=None,
            after=made("ConfigMap", f"{'long-' * 20}{n}", data={"a": "x" * 1000}),
        )
        for n in range(2000)
    ]
    text = comment(replace(larger(), changes=many))
    assert len(text) <= MAX_LENGTH
    assert "too large for a comment" in text


def test_a_long_comment_leaves_out_fields_of_large_objects_first() -> None:
    fields = [
        FieldChange(path=f"spec.f{n}", before=f"{'a' * 150}{n}", after=f"{'b' * 150}{n}")
        for n in range(400)
    ]
    change = ObjectChange(before=deployment(), after=deployment(), fields=fields)
    text = comment(replace(larger(), changes=[change]))
    assert len(text) <= MAX_LENGTH
    assert re.search(r"… \d+ more lines", text)
    assert "Footprint" in text, "the sections after the objects are complete"


def test_the_terminal_shows_what_a_comment_leaves_out() -> None:
    fields = [FieldChange(path=f"spec.f{n}", before="a", after="b") for n in range(9000)]
    change = ObjectChange(before=deployment(), after=deployment(), fields=fields)
    assert "spec.f8999" in terminal(replace(larger(), changes=[change]))


@pytest.mark.parametrize("view", [terminal, comment])
def test_a_change_that_many_objects_share_is_shown_once(view: View) -> None:
    change = FieldChange(path="metadata.labels.a", before="1", after="2")
    many = [
        ObjectChange(before=obj, after=obj, fields=[change])
        for obj in (deployment(f"d-{n}") for n in range(5))
    ]
    text = view(replace(same(), changes=many))
    assert text.count("metadata.labels.a: 1 → 2") == 1, text
    assert "5 objects" in text


def test_of_a_long_text_only_the_changed_lines_are_shown() -> None:
    before = "\n".join(f"line {n}" for n in range(50))
    text = terminal(with_field(before, before.replace("line 25", "another")))
    assert "-   line 25" in text
    assert "+   another" in text
    assert "line 40" not in text


def test_a_new_stack_has_no_figures_of_before() -> None:
    found = replace(larger(), is_new=True, consequences=[])
    assert "new stack" in terminal(found)
    assert "→" not in terminal(found).partition("Footprint")[2]
    assert json.loads(document(found))["stacks"][0]["footprint"]["before"] is None


def test_every_view_shows_the_reason_for_a_stand_in_chart() -> None:
    found = replace(larger(), stand_in_reason="there is no network")
    for view in (terminal, comment, document):
        assert "there is no network" in view(found)
    assert json.loads(document(found))["stacks"][0]["chart"]["standInReason"]


def test_the_footprint_shows_both_sides_of_changed_figures() -> None:
    text = terminal(larger())
    assert re.search(r"scheduler +1 → 2 +0\.31 → 0\.62", text), text
    assert re.search(r"idle +6 → 7", text), text
    assert re.search(r"with 4 tasks running", text), text


def test_unknown_task_sizes_are_not_compared() -> None:
    before = replace(larger().before, task_sizes_known=False)
    text = terminal(replace(larger(), before=before))
    assert re.search(r"with 4 tasks running +\? → 3\.9", text), text


def test_a_document_distinguishes_null_from_absent() -> None:
    changes = json.loads(document(with_field(None, 1)))["stacks"][0]["changes"]
    assert changes[0]["fields"] == [{"path": "spec.text", "before": None, "after": 1}]
    changes = json.loads(document(with_field(ABSENT, 1)))["stacks"][0]["changes"]
    assert changes[0]["fields"] == [{"path": "spec.text", "after": 1}]


def test_a_digest_is_cut_to_its_first_characters() -> None:
    assert as_line("a" * 64) == "aaaaaaaa…"
    assert as_line("a" * 63) == "a" * 63
