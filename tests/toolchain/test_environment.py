"""Environments beside ours: made of a lock, once, in the user's cache."""

from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.airflow import find_airflow
from airflow_k8s.toolchain.checkov import find_checkov
from airflow_k8s.toolchain.command import run

Find = Callable[[Callable[[str], None], Path], Path]


@pytest.fixture
def empty(path: Path, tmp_path: Path) -> Path:
    """A lock without a package, in a home without a cache."""
    del path
    lock = tmp_path / "lock.txt"
    lock.write_text("")
    return lock


@pytest.mark.parametrize(
    ("find", "told"),
    [
        (find_airflow, "installing Airflow (some 100 MB, once)"),
        (find_checkov, "installing checkov (some 55 MB, once)"),
    ],
)
def test_it_is_made_once(find: Find, told: str, empty: Path, messages: list[str]) -> None:
    first = find(messages.append, empty)
    assert run([first, "-c", "import sys; print(sys.prefix)"]).strip() == str(first.parents[1])
    assert find(messages.append, empty) == first
    assert messages == [told]


def test_another_lock_is_another_environment(empty: Path, messages: list[str]) -> None:
    first = find_airflow(messages.append, empty)
    empty.write_text("# changed")
    assert find_airflow(messages.append, empty) != first


def test_another_program_with_the_same_lock_is_another_environment(
    empty: Path, messages: list[str]
) -> None:
    assert find_airflow(messages.append, empty) != find_checkov(messages.append, empty)


@pytest.mark.parametrize(("find", "called"), [(find_airflow, "Airflow"), (find_checkov, "checkov")])
def test_what_is_not_in_the_lock_with_its_checksum_is_not_installed(
    find: Find, called: str, empty: Path, messages: list[str]
) -> None:
    empty.write_text("rich==15.0.0")
    with pytest.raises(UserError, match=rf"^{called} can't be installed:\n(.*\n)*.*hash"):
        find(messages.append, empty)
    empty.write_text("")
    assert find(messages.append, empty).exists(), "what failed was kept"
