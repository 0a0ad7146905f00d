"""The JSON document, as another program reads it."""

import json
from collections.abc import Callable
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
    "steps": "component kind name action seconds message losesData started failed",
    "troubles": "kind name reason message container setting fatal",
    "nodes": "name pool cpu memory gpus taints",
    "pods": "name component node ready cpu memory gpus message",
    "tasks": "name outcome expected node pool message failed",
    "quotas": "resource used withTasks hard",
    "changes": "effect kind name message losesData",
    "objects": "component part kind name state failed",
}


def document(report: Report) -> Any:
    return json.loads(as_json(report))


def test_the_document_has_the_documented_keys() -> None:
    everything = document(replace(BAD, changes=UPGRADE.changes))
    assert set(everything) == set(KEYS[""].split())
    for part, keys in KEYS.items():
        if part:
            assert set(everything[part][0]) == set(keys.split()), part
    assert set(everything["policies"]) == {"rules", "violations", "advisory", "excused"}
    assert set(everything["policies"]["violations"][0]) == {"rule", "subject", "message", "remedy"}


@pytest.mark.parametrize(("name", "report"), [("bad", BAD), ("refused", REFUSED)])
def test_the_document_is_the_golden_one(
    golden: Callable[[str, str], None], name: str, report: Report
) -> None:
    golden(f"report-{name}.json", as_json(report) + "\n")


def test_an_orphaned_object_and_lost_data_are_values_of_fields() -> None:
    found = document(UPGRADE)
    assert "orphaned" in {change["effect"] for change in found["changes"]}
    lost = [change["name"] for change in found["changes"] if change["losesData"]]
    assert lost == ["airflow-logs"]


@pytest.mark.parametrize(
    ("report", "failed", "problems"),
    [(GOOD, False, 0), (BAD, True, 6), (UPGRADE, True, 1), (REFUSED, True, 2)],
)
def test_the_document_has_the_verdict_and_the_number_of_problems(
    report: Report, failed: bool, problems: int
) -> None:
    found = document(report)
    assert (found["failed"], found["problems"]) == (failed, problems)


def test_every_step_and_task_has_the_key_failed() -> None:
    found = document(BAD)
    assert [s["name"] for s in found["steps"] if s["failed"]] == [
        "migration-job-4f1c",
        "admin-job-91be",
        "airflow",
    ]
    assert [t["name"] for t in found["tasks"] if t["failed"]] == [
        "heavy",
        "GPU pod without toleration",
    ]


def test_numbers_are_rounded_and_stay_numbers() -> None:
    ragged = replace(GOOD, pods=[replace(GOOD.pods[0], cpu=0.1 + 0.2)])
    (pod,) = document(ragged)["pods"]
    assert pod["cpu"] == 0.3
    assert pod["memory"] == 1073741824


def test_names_of_objects_and_messages_of_the_server_are_not_changed() -> None:
    message = 'got "<a_b>" & more'
    found = document(replace(GOOD, warnings={"Deployment my_own_name": [message]}))
    assert found["warnings"] == {"Deployment my_own_name": [message]}
