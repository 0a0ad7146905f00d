"""Words inside GitHub's Markdown stay words, wherever they come from."""

import pytest

from airflow_k8s.console import markdown

NO_ROOM = "\u200b"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a plain-text 1.2.3", "a plain-text 1.2.3"),
        ("@team", f"@{NO_ROOM}team"),
        ("#42", f"#{NO_ROOM}42"),
        ("https://a.b", f"https:{NO_ROOM}//a.b"),
        ("www.a.b", f"www{NO_ROOM}.a.b"),
        ("a_b*c", r"a\_b\*c"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("<img>", "&#60;img&#62;"),
        ("a | b", "a &#124; b"),
        ("a\n\n# b", f"a #{NO_ROOM} b"),
        ("\x1b[31m", r"\[31m"),
    ],
)
def test_a_text_is_nothing_but_text(words: str, shown: str) -> None:
    assert markdown.text(words) == shown


def test_inside_a_tag_markdown_is_left_as_it_is() -> None:
    assert markdown.html("a_b <c> @d") == f"a_b &#60;c&#62; @{NO_ROOM}d"


def test_a_name_is_code() -> None:
    assert markdown.code("Deployment/airflow-*") == "`Deployment/airflow-*`"


@pytest.mark.parametrize("name", ["a`b", "a|b"])
def test_one_that_would_end_it_is_told_as_words(name: str) -> None:
    assert not markdown.code(name).startswith("`")
