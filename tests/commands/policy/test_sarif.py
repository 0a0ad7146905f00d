"""The results in SARIF 2.1.0, with the fields that code scanning requires."""

import json
import re
from collections.abc import Iterator
from typing import Any

from airflow_k8s.commands.policy.outcome import Outcome
from airflow_k8s.commands.policy.sarif import as_sarif
from airflow_k8s.policy.judging import STALE
from airflow_k8s.policy.rules import RULES
from tests.commands.policy.test_report import (
    BAD,
    BROKEN_STACK,
    DIGEST,
    EXCEPTION,
    GOOD,
    PINNED,
    judged,
    violation,
)


def run(*outcomes: Outcome) -> Any:
    (found,) = json.loads(as_sarif(outcomes))["runs"]
    return found


def fingerprints(*outcomes: Outcome) -> list[str]:
    results = run(*outcomes)["results"]
    return [each["partialFingerprints"]["primaryLocationLineHash"] for each in results]


def test_the_document_names_its_format() -> None:
    document = json.loads(as_sarif([BAD]))
    assert document.keys() == {"$schema", "version", "runs"}
    assert document["version"] == "2.1.0"
    assert document["$schema"] == "https://json.schemastore.org/sarif-2.1.0.json"


def test_every_stack_is_in_one_run() -> None:
    stacks = {where(each)["uri"] for each in run(BAD, dev())["results"]}
    assert stacks == {"Pulumi.dev.yaml", "Pulumi.prod.yaml"}


def test_every_rule_has_the_fields_that_code_scanning_requires() -> None:
    driver = run(GOOD)["tool"]["driver"]
    assert driver["name"]
    assert [rule["id"] for rule in driver["rules"]] == [rule.name for rule in (*RULES, STALE)]
    for rule in driver["rules"]:
        for field in ("shortDescription", "fullDescription", "help"):
            assert 0 < len(rule[field]["text"]) <= 1024, rule["id"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note"), rule["id"]


def test_a_rule_has_its_remedy_and_its_default_level() -> None:
    rules = {rule["id"]: rule for rule in run(GOOD)["tool"]["driver"]["rules"]}
    assert rules["image-pinned"]["help"]["text"] == PINNED.remedy
    assert rules["image-pinned"]["defaultConfiguration"]["level"] == "error"
    assert rules["image-digest"]["defaultConfiguration"]["level"] == "warning"


def test_every_result_has_the_fields_that_code_scanning_requires() -> None:
    found = run(BAD)
    assert len(found["results"]) == 7
    for result in found["results"]:
        rule = found["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert region.keys() == {"startLine", "startColumn", "endLine", "endColumn"}
        assert min(region.values()) >= 1
        assert re.fullmatch(
            "[0-9a-f]{16}", result["partialFingerprints"]["primaryLocationLineHash"]
        )


def test_a_result_has_message_location_and_level() -> None:
    by_rule = {each["ruleId"]: each for each in open_results(BAD)}
    pinned = by_rule["image-pinned"]
    assert pinned["message"]["text"] == "Deployment/statsd: container statsd runs statsd"
    assert where(pinned) == {"uri": "Pulumi.prod.yaml"}
    (logical,) = pinned["locations"][0]["logicalLocations"]
    assert logical["name"] == "statsd"
    assert logical["fullyQualifiedName"] == "prod/Deployment/statsd"
    assert pinned["level"] == "error"
    assert by_rule["image-digest"]["level"] == "warning"
    assert by_rule["exceptions-in-date"]["level"] == "error"


def test_a_result_has_the_level_that_the_stack_sets() -> None:
    (result,) = run(judged(violation(DIGEST, "Job/a", "no digest", "mandatory")))["results"]
    assert result["level"] == "error"


def test_fingerprints_are_the_same_in_the_next_run() -> None:
    assert fingerprints(GOOD, BAD) == fingerprints(BAD)
    (one,) = fingerprints(judged(violation(DIGEST, "Job/a", "x has no digest")))
    assert one == "302b4f737ec0ddf9", "another would close all alerts and open them again"


def test_no_two_findings_share_a_fingerprint() -> None:
    found = fingerprints(BAD, dev())
    assert len(found) == len(set(found)) == 8


def test_an_excused_finding_is_suppressed_with_its_reason() -> None:
    suppressed = [each for each in run(BAD)["results"] if "suppressions" in each]
    assert len(suppressed) == 3
    for result in suppressed:
        assert result["suppressions"] == [
            {
                "kind": "external",
                "status": "accepted",
                "justification": EXCEPTION.reason,
                "properties": {"expires": "2027-03-31"},
            }
        ]
        assert result["level"] == "note", "where suppressions are not known it is no error either"


def test_a_stack_that_could_not_be_checked_is_not_successful() -> None:
    (invocation,) = run(BROKEN_STACK, GOOD)["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"
    assert "no such setting" in notification["message"]["text"]
    assert run(BAD)["invocations"][0]["executionSuccessful"] is True


def dev() -> Outcome:
    """Another stack, with a finding that the first one has too."""
    return judged(
        violation(PINNED, "Deployment/statsd", "container statsd runs statsd"), stack="dev"
    )


def open_results(outcome: Outcome) -> Iterator[Any]:
    return (each for each in run(outcome)["results"] if "suppressions" not in each)


def where(result: Any) -> Any:
    return result["locations"][0]["physicalLocation"]["artifactLocation"]
