"""checkov's own environment: made of the lock, once."""

import re
from pathlib import Path

import pytest

from tests.conftest import PROGRAM
from tools.checkov import LOCK, find_checkov
from tools.command import run
from tools.problem import Problem


@pytest.fixture
def empty(path: Path, tmp_path: Path) -> Path:
    """A lock without a package, in a home without a cache."""
    del path
    lock = tmp_path / "lock.txt"
    lock.write_text("")
    return lock


def test_it_is_made_once(empty: Path, said: list[str]) -> None:
    first = find_checkov(said.append, empty)
    assert run([first, "-c", "import sys; print(sys.prefix)"]).strip() == str(first.parents[1])
    assert find_checkov(said.append, empty) == first
    assert said == ["installing checkov (some 55 MB, once)"]


def test_what_is_not_in_the_lock_with_its_checksum_is_not_installed(
    empty: Path, said: list[str]
) -> None:
    empty.write_text("rich==15.0.0")
    with pytest.raises(Problem, match=r"^checkov can't be installed:\n(.*\n)*.*hash"):
        find_checkov(said.append, empty)


def test_what_is_asked_for_is_locked_and_every_package_has_hashes() -> None:
    assert LOCK.is_relative_to(PROGRAM / "audit")
    asked = re.findall(r"^[a-z0-9-]+==\S+$", LOCK.with_suffix(".in").read_text(), re.MULTILINE)
    packages = re.split(r"^(?=[a-z0-9-]+==)", LOCK.read_text(), flags=re.MULTILINE)[1:]
    assert set(asked) <= {text.split()[0] for text in packages}
    assert [text.split()[0] for text in packages if "--hash=sha256:" not in text] == []
