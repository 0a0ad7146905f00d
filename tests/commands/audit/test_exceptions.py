"""The reviewed file: what it accepts, what is wrong with it, what it no longer needs."""

from pathlib import Path

import pytest

from airflow_k8s.commands.audit.exceptions import read, reason, stale
from airflow_k8s.errors import UserError
from tests.commands.audit.samples import accepted, failure

ENTRY = """
- check: CKV_K8S_11
  objects: [Deployment/airflow-*, task pod]
  reason: It would throttle what runs.
  reviewed: 2026-11-25
"""


def mistakes(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "exceptions.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as told:
        read(file)
    return str(told.value).splitlines()


def is_accepted(pattern: str, name: str, *containers: str) -> list[bool]:
    """For each place of a failure."""
    told = failure("CKV_K8S_22", name, *containers)
    return [bool(reason([accepted("CKV_K8S_22", pattern)], told, place)) for place in told.places]


def test_a_pattern_names_objects() -> None:
    assert is_accepted("Deployment/airflow-*", "Deployment/airflow-statsd") == [True]
    assert is_accepted("Deployment/airflow-*", "Job/airflow-statsd") == [False]
    assert is_accepted("*", "task pod", "base") == [True]


def test_an_object_stands_for_all_its_containers() -> None:
    assert is_accepted("task pod", "task pod", "git-sync-init", "base") == [True, True]


def test_a_container_is_accepted_by_itself() -> None:
    assert is_accepted("task pod/base", "task pod", "git-sync-init", "base") == [False, True]
    assert is_accepted("*/*/git-sync", "Deployment/a", "a", "git-sync") == [False, True]
    assert is_accepted("*/*/git-sync", "Deployment/git-sync", "a") == [False]


def test_the_end_that_pulumi_makes_up_stands_for_itself() -> None:
    assert is_accepted("Job/migration-job-*", "Job/migration-job-*", "migration") == [True]


def test_another_check_is_not_accepted() -> None:
    assert not reason([accepted("CKV_K8S_2", "*")], failure("CKV_K8S_22"), "Deployment/a")


def test_what_matches_nothing_is_stale_pattern_by_pattern() -> None:
    entries = [
        accepted("CKV_K8S_22", "Deployment/*", "Job/*", "*/*/git-sync"),
        accepted("CKV_K8S_11", "*"),
    ]
    assert stale(entries, [failure("CKV_K8S_22", "Deployment/a", "git-sync")]) == [
        "CKV_K8S_22 of Job/*",
        "CKV_K8S_11 of *",
    ]


def test_the_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text(ENTRY)
    (entry,) = read(file)
    assert entry.check == "CKV_K8S_11"
    assert entry.objects == ("Deployment/airflow-*", "task pod")
    assert entry.reviewed.isoformat() == "2026-11-25"


def test_a_file_that_accepts_nothing_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text("# nothing\n")
    assert read(file) == []


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    wrong = """
- check: CKV_AWS_11
  objects: Deployment/a
  reason: todo
  reviewed: yesterday
  until: 2027-01-01
- check: CKV_K8S_11
  objects: []
- CKV_K8S_22
"""
    assert mistakes(tmp_path, ENTRY + wrong) == [
        "exceptions.yaml is wrong:",
        "  - entry 2: until is unknown; there are check, objects, reason, reviewed",
        "  - entry 2: check is 'CKV_AWS_11'; want checkov's number, such as CKV_K8S_11",
        "  - entry 2: objects is 'Deployment/a'; want a list of patterns, such as"
        " Deployment/airflow-*",
        "  - entry 2: reason is 'todo'; want a sentence",
        "  - entry 2: reviewed is 'yesterday'; want a day, such as 2026-11-25",
        "  - entry 3: objects is []; want a list of patterns, such as Deployment/airflow-*",
        "  - entry 3: reason is missing; want a sentence",
        "  - entry 3: reviewed is missing; want a day, such as 2026-11-25",
        "  - entry 4: 'CKV_K8S_22' is no exception; want a mapping of check, objects, reason,"
        " reviewed",
    ]


@pytest.mark.parametrize("text", ["a: 1", "7"])
def test_what_is_no_list_is_no_file_of_exceptions(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text) == ["exceptions.yaml is no list of exceptions"]


def test_a_file_that_is_no_yaml_is_one_message(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "a: [")[0].startswith("exceptions.yaml can't be read: ")


def test_a_file_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^nowhere.yaml can't be read: "):
        read(tmp_path / "nowhere.yaml")


def test_the_repositorys_own_file_is_right() -> None:
    assert read()
