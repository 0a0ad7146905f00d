"""Airflow's own environment: made of the lock, once."""

from pathlib import Path

import pytest

from settings.model import Image
from tests.conftest import PROGRAM
from tools.airflow import LOCK, find_airflow
from tools.command import run, version_in
from tools.problem import Problem


@pytest.fixture
def empty(path: Path, tmp_path: Path) -> Path:
    """A lock without a package, in a home without a cache."""
    del path
    lock = tmp_path / "lock.txt"
    lock.write_text("")
    return lock


def test_it_is_made_once(empty: Path, said: list[str]) -> None:
    first = find_airflow(said.append, empty)
    assert run([first, "-c", "import sys; print(sys.prefix)"]).strip() == str(first.parents[1])
    assert find_airflow(said.append, empty) == first
    assert said == ["installing Airflow (some 100 MB, once)"]


def test_another_lock_is_another_environment(empty: Path, said: list[str]) -> None:
    first = find_airflow(said.append, empty)
    empty.write_text("# changed")
    assert find_airflow(said.append, empty) != first


def test_what_is_not_in_the_lock_with_its_checksum_is_not_installed(
    empty: Path, said: list[str]
) -> None:
    empty.write_text("rich==15.0.0")
    with pytest.raises(Problem, match=r"^Airflow can't be installed:\n(.*\n)*.*hash"):
        find_airflow(said.append, empty)
    empty.write_text("")
    assert find_airflow(said.append, empty).exists(), "what failed was kept"


def test_it_is_the_airflow_of_the_stacks_and_new_enough_to_make_pods_side_by_side() -> None:
    pinned = dict(
        line.split(" ")[0].split("==")
        for line in LOCK.read_text().splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    )
    assert pinned["apache-airflow"] == Image().airflow_version
    assert version_in(pinned["apache-airflow-providers-cncf-kubernetes"]) >= (10, 21, 0)
    assert LOCK.is_relative_to(PROGRAM / "images"), "not what the image holds"
