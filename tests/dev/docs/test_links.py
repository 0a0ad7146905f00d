"""Relative links and paths in the documentation lead to files and folders of the repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PROGRAM

PAGES = [
    *(PROGRAM / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((PROGRAM / "docs").rglob("*.md")),
]
CURRENT = [page for page in PAGES if page.name != "CHANGELOG.md"]  # it also names removed files
TOP_FOLDERS = (
    *("airflow_k8s", "clusters", "components", "dags", "dev", "docs", "images", "policies"),
    *("tests", ".github"),
)
PLACEHOLDERS = {"airflow_k8s/kube/x.py", "tests/kube/test_x.py", "clusters/STACK.yaml"}

_BLOCK = re.compile(r"^ *```[^\n]*\n.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_ABSOLUTE = re.compile(r"[a-z]+:")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_PATH = re.compile(rf"`((?:{'|'.join(map(re.escape, TOP_FOLDERS))})/[\w./-]*)`")


def prose(page: str) -> str:
    """A page of Markdown without its fenced blocks."""
    return _BLOCK.sub("", page)


def anchors(page: str) -> set[str]:
    """The anchors that GitHub makes from the headings of a page of Markdown."""
    headings = _HEADING.findall(prose(page))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> Iterator[str]:
    """The relative links of a page that lead to no file, or to no heading of a page."""
    for found in _LINK.finditer(prose(page.read_text(encoding="utf-8"))):
        target = found["target"]
        if _ABSOLUTE.match(target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROGRAM)))
def test_every_relative_link_of_a_page_leads_to_a_file(page: Path) -> None:
    assert list(dead_links(page)) == []


@pytest.mark.parametrize("page", CURRENT, ids=lambda page: str(page.relative_to(PROGRAM)))
def test_every_path_in_the_prose_of_a_page_exists(page: Path) -> None:
    paths = set(_PATH.findall(prose(page.read_text(encoding="utf-8")))) - PLACEHOLDERS
    assert [path for path in sorted(paths) if not (PROGRAM / path).exists()] == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# One heading, two words\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](gone.md) [b](other.md) [c](other.md#one-heading-two-words) [d](other.md#gone) "
        "[e](https://example.com/gone.md) [f](#here)\n\n## Here\n"
    )
    assert list(dead_links(page)) == ["gone.md", "other.md#gone"]
