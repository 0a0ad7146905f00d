"""The file of exceptions: what it accepts, its mistakes, and exceptions that match nothing."""

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
    with pytest.raises(UserError) as raised:
        read(file)
    return str(raised.value).splitlines()


def is_accepted(pattern: str, name: str, *containers: str) -> list[bool]:
    """Whether a failure is accepted, for every one of its places."""
    failed = failure("CKV_K8S_22", name, *containers)
    return [
        bool(reason([accepted("CKV_K8S_22", pattern)], failed, place)) for place in failed.places
    ]


def test_a_pattern_matches_objects() -> None:
    assert is_accepted("Deployment/airflow-*", "Deployment/airflow-statsd") == [True]
    assert is_accepted("Deployment/airflow-*", "Job/airflow-statsd") == [False]
    assert is_accepted("*", "task pod", "base") == [True]


def test_an_exception_for_an_object_accepts_all_its_containers() -> None:
    assert is_accepted("task pod", "task pod", "git-sync-init", "base") == [True, True]


def test_an_exception_for_a_container_accepts_only_that_container() -> None:
    assert is_accepted("task pod/base", "task pod", "git-sync-init", "base") == [False, True]
    assert is_accepted("*/*/git-sync", "Deployment/a", "a", "git-sync") == [False, True]
    assert is_accepted("*/*/git-sync", "Deployment/git-sync", "a") == [False]


def test_a_pattern_matches_an_equal_generated_name() -> None:
    assert is_accepted("Job/migration-job-*", "Job/migration-job-*", "migration") == [True]


def test_an_exception_does_not_accept_another_check() -> None:
    assert not reason([accepted("CKV_K8S_2", "*")], failure("CKV_K8S_22"), "Deployment/a")


def test_every_pattern_that_matches_no_failure_is_stale() -> None:
    entries = [
        accepted("CKV_K8S_22", "Deployment/*", "Job/*", "*/*/git-sync"),
        accepted("CKV_K8S_11", "*"),
    ]
    assert stale(entries, [failure("CKV_K8S_22", "Deployment/a", "git-sync")]) == [
        "CKV_K8S_22 of Job/*",
        "CKV_K8S_11 of *",
    ]


def test_an_exception_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text(ENTRY)
    (entry,) = read(file)
    assert entry.check == "CKV_K8S_11"
    assert entry.objects == ("Deployment/airflow-*", "task pod")
    assert entry.reviewed.isoformat() == "2026-11-25"


def test_a_file_without_exceptions_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text("# nothing\n")
    assert read(file) == []


def test_all_mistakes_of_a_file_are_reported(tmp_path: Path) -> None:
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
        "exceptions.yaml has mistakes:",
        "  - entry 2: until is unknown; the fields are check, objects, reason, reviewed",
        "  - entry 2: check is 'CKV_AWS_11'; expected checkov's number, such as CKV_K8S_11",
        "  - entry 2: objects is 'Deployment/a'; expected a list of patterns, such as"
        " Deployment/airflow-*",
        "  - entry 2: reason is 'todo'; expected a sentence",
        "  - entry 2: reviewed is 'yesterday'; expected a day, such as 2026-11-25",
        "  - entry 3: objects is []; expected a list of patterns, such as Deployment/airflow-*",
        "  - entry 3: reason is missing; expected a sentence",
        "  - entry 3: reviewed is missing; expected a day, such as 2026-11-25",
        "  - entry 4: 'CKV_K8S_22' is not an exception; expected a mapping of check, objects,"
        " reason, reviewed",
    ]


@pytest.mark.parametrize("text", ["a: 1", "7"])
def test_a_file_without_a_list_is_refused(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text) == ["exceptions.yaml is not a list of exceptions"]


def test_a_file_with_invalid_yaml_is_refused(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "a: [")[0].startswith("exceptions.yaml can't be read: ")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^nowhere.yaml can't be read: "):
        read(tmp_path / "nowhere.yaml")


def test_the_exceptions_of_this_repository_are_valid() -> None:
    assert read()
