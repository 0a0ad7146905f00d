"""Markdown that somebody else wrote is harmless, and a text that is cut stays complete Markdown."""

import re

import pytest

from airflow_k8s.console.markdown import cut, fenced, folded, last_lines, neutral

NO_ROOM = "\u200b"


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("@somebody and @my-org/team", "@^somebody and @^my-org/team"),
        ("&#64;somebody &commat;somebody", "&^#^64;somebody &^commat;somebody"),
        ("`@somebody`", "`@^somebody`"),
        ("closes #12, gh-12, GH-12", "closes #^12, gh-^12, GH-^12"),
        ("other/repo#12 _GH-12_", "other/repo#^12 _GH-^12_"),
        ("_www.evil.example_", "_www^.evil.example_"),
        ("https://evil.example www.evil.example", "https:^//evil.example www^.evil.example"),
        ("[words](evil.example)", "[words]^(evil.example)"),
        ("![image](//evil.example/pixel)", "![image]^(//evil.example/pixel)"),
        ("[words][1]\n\n[1]: //evil.example", "[words]^[1]\n\n[1]^: //evil.example"),
        ("<https://evil.example>", "<^https:^//evil.example>"),
        ('<a href="//evil.example">', '<^a href="//evil.example">'),
        ("<img src=x onerror=alert(1)>", "<^img src=x onerror=alert(1)>"),
        (
            "<!-- airflow-platform: preview of prod -->",
            "<^!-- airflow-platform: preview of prod -->",
        ),
        ("<details open>", "<^details open>"),
        ('<summary style="position:fixed">', '<^summary style="position:fixed">'),
        ("```mermaid\ngraph", "```^mermaid\ngraph"),
        ("> - ~~~ geojson", "> - ~~~ ^geojson"),
        ("one\u202etwo\u0007\u200f", "onetwo"),
        ("one\rtwo\u2028three", "one\ntwo\nthree"),
    ],
)
def test_markdown_from_elsewhere_mentions_nobody_and_links_nothing(
    text: str, harmless: str
) -> None:
    assert neutral(text) == harmless.replace("^", NO_ROOM)


@pytest.mark.parametrize(
    "text",
    [
        "### dev: 3 objects changed",
        "| Pods that restart | `airflow-scheduler`<br>and 2 more |",
        "<details>\n<summary>Objects: <b>3</b></summary>\n\n</details>",
        "> [!CAUTION]\n> **Data would be lost**: `airflow-data-pvc`",
        "a &#60;b&#62; &#38; &#36;1 &#124;",
        "```diff\n+ image\n- image\n```",
        "- [ ] a box, *bold*, 1 # 2",
        f"@{NO_ROOM}said",
    ],
)
def test_the_markdown_of_our_own_diff_is_not_changed(text: str) -> None:
    assert neutral(text) == text


def test_a_harmless_text_is_the_same_after_a_second_time() -> None:
    text = "@a &#64;b <i> [x](y) https://z ```mermaid #1"
    assert neutral(neutral(text)).replace(NO_ROOM, "") == text


def test_the_output_of_a_program_can_not_end_its_block() -> None:
    lines = fenced("before\n```\n````x\n<b>\n").splitlines()
    assert lines == ["`````text", "before", "```", "````x", "<b>", "`````"]


def test_a_text_that_is_cut_closes_its_open_blocks_and_folds() -> None:
    text = folded("outer", folded("inner", "```text\n" + "line\n" * 100 + "```"))
    short = cut(text, 200, "*more*\n")
    assert len(short) <= 200
    assert short.endswith("line\n```\n\n</details>\n\n</details>\n*more*\n")
    assert short.startswith("<details>\n<summary>outer</summary>")


def test_a_fold_inside_a_block_of_code_is_not_closed() -> None:
    text = "```text\n<details>\n```\n" + "line\n" * 100
    assert "</details>" not in cut(text, 100, "*more*\n")


def test_a_text_within_the_limit_is_not_cut() -> None:
    assert cut("line\n" * 10, 50, "*more*\n") == "line\n" * 10


@pytest.mark.parametrize("most", [100, 101, 500, 999])
def test_the_last_lines_of_a_long_output_are_complete_lines(most: int) -> None:
    text = "\n".join(f"line {number}" for number in range(300))
    short = last_lines(text, most)
    assert len(short) <= most
    first, *rest = short.splitlines()
    assert first == "… the lines before are in the run's log"
    assert rest[-1] == "line 299"
    assert all(re.fullmatch(r"line \d{1,3}", line) for line in rest)
    assert rest[0] in text.splitlines(), "a line is cut"
