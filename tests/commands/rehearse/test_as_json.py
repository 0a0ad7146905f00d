"""The JSON document, as another program reads it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.as_json import as_json
from airflow_k8s.commands.rehearse.report import Report
from tests.commands.rehearse.samples import BAD, GOOD, REFUSED, UPGRADE

KEYS = {
    "": "failed problems stack cluster chart standInReason revision caveats phases steps troubles"
    " nodes pods tasks quotas policies podSecurity changes warnings objects memory kubeconfig",
    "phases": "name seconds",
    "steps": "component kind name action seconds words losesData started failed",
    "troubles": "kind name reason message container setting fatal",
    "nodes": "name pool cpu memory gpus taints",
    "pods": "name component node ready cpu memory gpus words",
    "tasks": "name outcome expected node pool words failed",
    "quotas": "resource used withTasks hard",
    "changes": "effect kind name words losesData",
    "objects": "component part kind name state failed",
}


def document(report: Report) -> Any:
    return json.loads(as_json(report))


def test_programs_find_the_keys_that_they_know() -> None:
    everything = document(replace(BAD, changes=UPGRADE.changes))
    assert set(everything) == set(KEYS[""].split())
    for part, keys in KEYS.items():
        if part:
            assert set(everything[part][0]) == set(keys.split()), part


@pytest.mark.parametrize(
    ("report", "failed", "problems"),
    [(GOOD, False, 0), (BAD, True, 6), (UPGRADE, True, 1), (REFUSED, True, 2)],
)
def test_a_program_sees_at_once_whether_it_went_well(
    report: Report, failed: bool, problems: int
) -> None:
    found = document(report)
    assert (found["failed"], found["problems"]) == (failed, problems)


def test_each_step_and_task_says_whether_it_failed() -> None:
    found = document(BAD)
    assert [s["name"] for s in found["steps"] if s["failed"]] == [
        "migration-job-4f1c",
        "admin-job-91be",
        "airflow",
    ]
    assert [t["name"] for t in found["tasks"] if t["failed"]] == [
        "heavy",
        "plain pod on a GPU node",
    ]


def test_numbers_are_rounded_and_stay_numbers() -> None:
    ragged = replace(GOOD, pods=[replace(GOOD.pods[0], cpu=0.1 + 0.2)])
    (pod,) = document(ragged)["pods"]
    assert pod["cpu"] == 0.3
    assert pod["memory"] == 1073741824


def test_the_names_of_objects_and_the_servers_words_stay_as_they_are() -> None:
    words = 'got "<a_b>" & more'
    found = document(replace(GOOD, warnings={"Deployment my_own_name": [words]}))
    assert found["warnings"] == {"Deployment my_own_name": [words]}
