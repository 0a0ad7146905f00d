"""A difference on a terminal, in a pull request, and for other programs: they say the same."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from rich.console import Console

from airflow_k8s.commands.diff import presentation
from airflow_k8s.commands.diff.as_json import as_json
from airflow_k8s.commands.diff.difference import Difference
from airflow_k8s.commands.diff.impact.consequence import Consequence
from airflow_k8s.commands.diff.markdown import MOST, markdown
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.commands.diff.terminal import lines
from airflow_k8s.kube.fields import ABSENT, FieldChange
from airflow_k8s.stack.settings.secret import Secret
from airflow_k8s.stack.stack_file import PLACEHOLDER_SECRET
from tests.commands.diff.samples import deployment, made
from tests.commands.diff.stacks import with_changed

pytestmark = pytest.mark.chart
View = Callable[[Difference], str]


def terminal(found: Difference) -> str:
    console = Console(width=10_000, highlight=False, markup=False)
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
    """A second scheduler, and the keys of tokens made anew."""
    return with_changed("dev", scheduler={"replicas": 2}, secrets={"jwtSecret": {"rotation": 2}})


@cache
def lost() -> Difference:
    return with_changed("dev", data={"storageClass": "fast"})


def told(*consequences: Consequence) -> Difference:
    return replace(same(), consequences=consequences)


def with_field(before: object, after: object, path: str = "spec.text") -> Difference:
    change = FieldChange(path=path, before=before, after=after)
    both = ObjectChange(before=deployment(), after=deployment(), fields=[change])
    return replace(same(), changes=[both])


def test_no_difference_is_one_line() -> None:
    messages = terminal(same())
    assert messages.count("\n") == 1
    assert messages.startswith("dev  no difference to 0123abc: ")
    assert [line for line in comment(same()).splitlines() if line] == [
        f"### {messages.strip().replace('  ', ': ', 1)}"
    ]


@pytest.mark.parametrize("view", [terminal, comment, document])
def test_what_restarts_and_what_changes_is_told(view: View) -> None:
    messages = view(larger())
    for words in (
        "Deployment/airflow-scheduler",
        "from 1 pod to 2",
        "Secret/airflow-jwt-secret",
        "spec.replicas",
        "a secret was rotated",
    ):
        assert words in messages.replace("\\", ""), messages


@pytest.mark.parametrize("view", [terminal, comment, document])
def test_no_text_of_a_secret_is_told(view: View) -> None:
    messages = view(larger())
    texts = [
        text.reveal()
        for change in larger().changes
        if change.object.kind == "Secret"
        for text in change.object.manifest["stringData"].values()
    ]
    assert texts, "the keys of tokens are made anew"
    assert [text for text in (PLACEHOLDER_SECRET, *texts) if text in messages] == []
    hidden = view(with_field(Secret("hunter2"), Secret("hunter3")))
    assert "hunter" not in hidden
    assert "secret" in hidden


@pytest.mark.parametrize("view", [terminal, comment])
def test_what_would_be_lost_comes_first(view: View) -> None:
    messages = view(lost())
    first = [line for line in messages.splitlines() if line.strip()][1:3]
    assert any("DATA WOULD BE LOST" in line or "CAUTION" in line for line in first), messages


def test_a_comment_is_read_in_ten_seconds_and_the_rest_is_folded() -> None:
    summary, _, rest = comment(larger()).partition("<details>")
    assert len(summary.splitlines()) < 20
    assert len(summary.split()) < 250
    assert rest.count("</details>") == 3
    assert "USD a month" in summary


def test_blocks_are_closed_however_the_objects_are_written() -> None:
    messages = comment(with_field("a", "``` and ````\nmore", path="data[x]"))
    fences = re.findall(r"^(`{3,})", messages, re.MULTILINE)
    assert fences == ["`````", "`````"]


@pytest.mark.parametrize(
    "words",
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
def test_words_of_a_pull_request_stay_words(words: str) -> None:
    messages = comment(told(Consequence(kind="rights", subject=words, words=words)))
    assert words not in re.sub(r"`[^`]*`", "", messages), "only as code it may stand as it is"


def test_a_new_line_in_a_name_does_not_leave_its_place() -> None:
    messages = comment(told(Consequence(kind="rights", subject="a\n# b", words="c\n\n# d")))
    assert not re.search(r"^# ", messages, re.MULTILINE)


def test_nothing_steers_a_terminal() -> None:
    evil = "\x1b[31mred\x1b]0;title\x07"
    found = told(Consequence(kind="rights", subject="a", words=evil))
    assert "\x1b" not in terminal(found) + terminal(with_field("a", evil))


def test_a_comment_is_never_too_long_for_github() -> None:
    many = [
        ObjectChange(
            before=None,
            after=made("ConfigMap", f"{'long-' * 20}{n}", data={"a": "x" * 1000}),
        )
        for n in range(2000)
    ]
    messages = comment(replace(larger(), changes=many))
    assert len(messages) <= MOST
    assert "`make diff` tells all of it" in messages


def test_before_that_it_leaves_out_fields_of_objects_that_have_many() -> None:
    fields = [
        FieldChange(path=f"spec.f{n}", before=f"{'a' * 150}{n}", after=f"{'b' * 150}{n}")
        for n in range(400)
    ]
    change = ObjectChange(before=deployment(), after=deployment(), fields=fields)
    messages = comment(replace(larger(), changes=[change]))
    assert len(messages) <= MOST
    assert "more lines; `make diff` tells them all" in messages
    assert "Footprint" in messages, "what stands behind is there all the same"


def test_the_terminal_tells_what_a_comment_leaves_out() -> None:
    fields = [FieldChange(path=f"spec.f{n}", before="a", after="b") for n in range(9000)]
    change = ObjectChange(before=deployment(), after=deployment(), fields=fields)
    assert "spec.f8999" in terminal(replace(larger(), changes=[change]))


def test_what_many_objects_share_is_told_once() -> None:
    change = FieldChange(path="metadata.labels.a", before="1", after="2")
    many = [
        ObjectChange(before=each, after=each, fields=[change])
        for each in (deployment(f"d-{n}") for n in range(5))
    ]
    for view in (terminal, comment):
        messages = view(replace(same(), changes=many))
        assert messages.count("metadata.labels.a: 1 → 2") == 1, messages
        assert "5 objects" in messages


def test_of_a_long_text_the_lines_that_differ_are_told() -> None:
    before = "\n".join(f"line {n}" for n in range(50))
    messages = terminal(with_field(before, before.replace("line 25", "another")))
    assert "-   line 25" in messages
    assert "+   another" in messages
    assert "line 40" not in messages


def test_a_new_stack_is_told_as_one() -> None:
    found = replace(larger(), is_new=True, consequences=[])
    assert "a new stack of " in terminal(found)
    assert "→" not in terminal(found).partition("Footprint")[2], "there is nothing it was before"
    assert json.loads(document(found))["stacks"][0]["footprint"]["before"] is None


def test_a_stand_in_for_the_chart_is_told() -> None:
    found = replace(larger(), stand_in_reason="there is no network")
    assert "STAND-IN CHART  not the chart" in terminal(found)
    assert "Stand-in chart, because there is no network" in comment(found)
    assert json.loads(document(found))["stacks"][0]["chart"]["standInReason"]


def test_the_footprint_is_told_before_and_after_with_its_price() -> None:
    messages = terminal(larger())
    assert re.search(r"scheduler +1 → 2 +0\.31 → 0\.62", messages), messages
    assert re.search(r"idle +6 → 7", messages), messages
    assert re.search(r"with 4 tasks running", messages), messages


def test_what_tasks_cost_is_not_compared_with_what_nobody_knew() -> None:
    before = replace(larger().before, knows_tasks=False)
    messages = terminal(replace(larger(), before=before))
    assert re.search(r"with 4 tasks running +\? → 3\.9", messages), messages


def test_a_document_tells_null_from_absent() -> None:
    changes = json.loads(document(with_field(None, 1)))["stacks"][0]["changes"]
    assert changes[0]["fields"] == [{"path": "spec.text", "before": None, "after": 1}]
    changes = json.loads(document(with_field(ABSENT, 1)))["stacks"][0]["changes"]
    assert changes[0]["fields"] == [{"path": "spec.text", "after": 1}]


def test_a_digest_is_shortened_to_what_tells_it_apart() -> None:
    assert presentation.shown("a" * 64) == "aaaaaaaa…"
    assert presentation.shown("a" * 63) == "a" * 63
