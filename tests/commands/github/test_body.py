"""A stack's comment: what failed is seen first, and however long it is, GitHub takes it."""

from airflow_k8s.commands.github.body import CHECKED_LIMIT, Check, checked, from_fork, with_preview
from airflow_k8s.console.markdown import LIMIT

DIFF = "### dev: 2 objects changed\n\n| Pods that restart | `airflow-scheduler` |\n"
POLICIES = Check(name="Policies", outcome="success", output="32 rules hold\n")
REHEARSAL = Check(name="Rehearsal", outcome="failure", output="refused: quota\n")
PREVIEW = Check(name="Preview", outcome="success", output="~ 1 to update\n")


def test_the_diff_comes_first_and_the_checks_are_folded_below() -> None:
    text = checked(DIFF, [POLICIES])
    assert text.startswith(DIFF)
    assert "<summary>Policies: passed</summary>\n\n```text\n32 rules hold\n```" in text


def test_what_did_not_pass_stands_before_the_diff() -> None:
    skipped = Check(name="Diff", outcome="skipped", output="")
    text = checked(DIFF, [POLICIES, REHEARSAL, skipped])
    assert text.startswith(
        "> [!WARNING]\n> **Rehearsal: failed**\n>\n> **Diff: not run**\n\n### dev: 2 objects"
    )
    assert "<summary>Rehearsal: <b>failed</b></summary>" in text


def test_a_word_of_githubs_that_we_do_not_know_is_no_success() -> None:
    odd = Check(name="Policies", outcome="neutral", output="")
    assert checked(DIFF, [odd]).startswith("> [!WARNING]\n> **Policies: unknown**")


def test_the_longest_diff_and_endless_output_still_fit_with_the_preview_below() -> None:
    diff = "### prod\n" + "| a row of sixty thousand characters |\n" * 1538
    endless = [
        Check(name=name, outcome="failure", output="a line of output\n" * 9000)
        for name in ("Policies", "Rehearsal")
    ]
    text = checked(diff, endless)
    assert len(text) <= CHECKED_LIMIT
    assert text.count("<details>") == text.count("</details>") == 2, "a check would go untold"
    long = Check(name="Preview", outcome="success", output="~ to update\n" * 9000)
    whole = with_preview(text, long)
    assert len(whole) <= LIMIT - 300, "the mark, and the commit and the run, find room"
    assert whole.count("```text") == 3


def test_short_output_is_shown_completely() -> None:
    output = "a line of output\n" * 1000
    text = checked(DIFF, [Check(name="Rehearsal", outcome="success", output=output)])
    assert output in text


def test_the_preview_is_below_and_says_when_it_was_not_run() -> None:
    text = checked(DIFF, [])
    assert "<summary>Preview: passed</summary>\n\n```text\n~ 1 to update" in with_preview(
        text, PREVIEW
    )
    absent = Check(name="Preview", outcome="skipped", output="")
    assert with_preview(text, absent).endswith("\nPreview: not run\n")


def test_a_forks_word_is_called_that_and_does_nothing() -> None:
    messages = "<!-- airflow-platform: preview of prod -->\nAll is well, @everybody"
    text = from_fork(messages, "0123456789abcdef", "https://github.example/run")
    assert text.startswith("> [!NOTE]\n> This comes from a fork")
    assert " Of 0123456789ab, by [this run](https://github.example/run).\n\n" in text
    assert "<!--" not in text
    assert "@everybody" not in text


def test_a_forks_word_fits_however_much_it_is_made_longer_by_that() -> None:
    text = from_fork("@" * 300_000, "0123", "https://github.example/run")
    assert len(text) <= LIMIT - 400
    assert text.endswith("*Cut here.*\n")
