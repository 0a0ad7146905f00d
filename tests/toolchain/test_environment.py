"""Python environments of other programs, installed once from a lock file."""

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
    """A lock file without packages, for a user with an empty cache."""
    del path
    lock = tmp_path / "lock.txt"
    lock.write_text("")
    return lock


@pytest.mark.parametrize(
    ("find", "message"),
    [
        (find_airflow, "installing Airflow (some 100 MB, once)"),
        (find_checkov, "installing checkov (some 55 MB, once)"),
    ],
)
def test_an_environment_is_installed_once(
    find: Find, message: str, empty: Path, messages: list[str]
) -> None:
    first = find(messages.append, empty)
    assert run([first, "-c", "import sys; print(sys.prefix)"]).strip() == str(first.parents[1])
    assert find(messages.append, empty) == first
    assert messages == [message]


def test_another_lock_file_gives_another_environment(empty: Path, messages: list[str]) -> None:
    first = find_airflow(messages.append, empty)
    empty.write_text("# changed")
    assert find_airflow(messages.append, empty) != first


def test_two_programs_with_the_same_lock_file_have_two_environments(
    empty: Path, messages: list[str]
) -> None:
    assert find_airflow(messages.append, empty) != find_checkov(messages.append, empty)


@pytest.mark.parametrize(("find", "name"), [(find_airflow, "Airflow"), (find_checkov, "checkov")])
def test_a_package_without_a_checksum_is_not_installed(
    find: Find, name: str, empty: Path, messages: list[str]
) -> None:
    empty.write_text("rich==15.0.0")
    with pytest.raises(UserError, match=rf"^{name} can't be installed:\n(.*\n)*.*hash"):
        find(messages.append, empty)
    empty.write_text("")
    assert find(messages.append, empty).exists(), "the failed environment was kept"
