"""The table of counts, the list of problems, and the JSON."""

import json
from io import StringIO

from rich.console import Console

from airflow_k8s.commands.audit.count import unexplained
from airflow_k8s.commands.audit.report import as_json, problems, table
from airflow_k8s.commands.audit.scan import Audited
from airflow_k8s.commands.audit.targets import CHART
from tests.commands.audit.samples import accepted, audited, failure

READ_ONLY, LIMITS = "CKV_K8S_22", "CKV_K8S_11"
AUDIT = {
    CHART: [
        audited(failure(READ_ONLY, "Deployment/a"), failure(LIMITS, "Deployment/a"), passed=30),
        audited(failure(READ_ONLY, "task pod"), passed=5),
    ],
    "prod": [
        audited(failure(READ_ONLY, "Deployment/a", "a", "git-sync"), passed=20),
        audited(failure(READ_ONLY, "Job/b"), failure(LIMITS, "Job/b"), passed=7),
        Audited(object="Service/c", passed=1, failures=[]),
    ],
}


def test_the_table_has_the_counts_of_every_target() -> None:
    out = Console(file=StringIO(), width=200)
    out.print(table(AUDIT, [accepted(READ_ONLY, "Job/*", "*/*/git-sync")]))
    assert isinstance(out.file, StringIO)
    lines = [" ".join(line.split()) for line in out.file.getvalue().splitlines() if line.strip()]
    assert lines[0] == "| | failed checks | explained | unexplained | passed |"
    assert lines[2:] == [
        "| chart's defaults | 2 | 0 | 2 | 30 |",
        "| chart's defaults, task pod | 1 | 0 | 1 | 5 |",
        "| prod | 3 | 1 | 2 | 28 |",
    ]


def test_a_problem_has_the_check_its_name_the_object_and_the_failing_containers() -> None:
    entries = [accepted(READ_ONLY, "Deployment/a/a")]
    left = unexplained(AUDIT["prod"], entries)
    assert list(problems({"prod": left}, ["CKV_K8S_8 of task pod"])) == [
        "prod fails checks that no exception accepts:",
        "  CKV_K8S_11  Be careful: Job/b",
        "  CKV_K8S_22  Be careful: Deployment/a (git-sync)",
        "  CKV_K8S_22  Be careful: Job/b",
        "exceptions that match no failure:",
        "  CKV_K8S_8 of task pod",
    ]


def test_an_audit_without_problems_ends_with_one_line() -> None:
    assert not unexplained(AUDIT["prod"], [accepted(READ_ONLY), accepted(LIMITS)])
    assert list(problems({}, [])) == ["exceptions accept every failed check"]


def test_the_json_has_counts_failures_and_stale_exceptions() -> None:
    document = json.loads(as_json(AUDIT, [accepted(READ_ONLY, "*/*/git-sync")], ["x"]))
    prod = document["targets"]["prod"]
    counts = {key: value for key, value in prod.items() if key != "failures"}
    assert counts == {"failed": 3, "explained": 0, "unexplained": 3, "passed": 28}
    assert prod["failures"][0] == {
        "check": READ_ONLY,
        "message": "Be careful",
        "object": "Deployment/a",
        "places": {"Deployment/a/a": "", "Deployment/a/git-sync": "It is not possible here."},
    }
    assert document["stale"] == ["x"]
    assert list(document["targets"]) == ["chart's defaults", "chart's defaults, task pod", "prod"]
