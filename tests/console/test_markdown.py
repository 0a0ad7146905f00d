"""Escaping texts for GitHub's Markdown."""

import pytest

from airflow_k8s.console import markdown

ZERO_WIDTH_SPACE = "\u200b"


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("a plain-text 1.2.3", "a plain-text 1.2.3"),
        ("@team", f"@{ZERO_WIDTH_SPACE}team"),
        ("#42", f"#{ZERO_WIDTH_SPACE}42"),
        ("https://a.b", f"https:{ZERO_WIDTH_SPACE}//a.b"),
        ("www.a.b", f"www{ZERO_WIDTH_SPACE}.a.b"),
        ("a_b*c", r"a\_b\*c"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("<img>", "&#60;img&#62;"),
        ("a | b", "a &#124; b"),
        ("a\n\n# b", f"a #{ZERO_WIDTH_SPACE} b"),
        ("\x1b[31m", r"\[31m"),
    ],
)
def test_a_text_is_escaped(plain: str, escaped: str) -> None:
    assert markdown.text(plain) == escaped


def test_a_text_inside_a_tag_is_escaped_for_html_only() -> None:
    assert markdown.html("a_b <c> @d") == f"a_b &#60;c&#62; @{ZERO_WIDTH_SPACE}d"


def test_a_name_is_shown_as_code() -> None:
    assert markdown.code("Deployment/airflow-*") == "`Deployment/airflow-*`"


@pytest.mark.parametrize("name", ["a`b", "a|b"])
def test_a_name_that_would_end_the_code_is_shown_as_text(name: str) -> None:
    assert not markdown.code(name).startswith("`")
