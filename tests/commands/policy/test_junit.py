"""The results as JUnit XML."""

from pathlib import Path

from junitparser import JUnitXml, TestCase, TestSuite

from airflow_k8s.commands.policy.junit import as_junit
from airflow_k8s.commands.policy.outcome import Outcome
from airflow_k8s.policy.judging import STALE
from tests.commands.policy.test_report import (
    BAD,
    BROKEN_STACK,
    DIGEST,
    GOOD,
    PINNED,
    judged,
    violation,
)


def suites(*outcomes: Outcome) -> list[TestSuite]:
    """Written and read again."""
    return list(JUnitXml.fromstring(as_junit(outcomes).tostring()))


def cases(outcome: Outcome) -> dict[str, TestCase]:
    (suite,) = suites(outcome)
    return {str(case.name): case for case in suite}


def test_every_stack_is_a_suite_and_every_active_rule_is_a_test_case() -> None:
    prod, dev = suites(BAD, judged(stack="dev"))
    assert (prod.name, dev.name) == ("prod", "dev")
    assert [case.name for case in prod] == ["image-pinned", "image-digest", STALE.name]
    assert {case.classname for case in dev} == {"policies.dev"}


def test_a_mandatory_finding_fails_its_test_case() -> None:
    case = cases(BAD)["image-pinned"]
    (failure,) = case.result
    assert case.is_failure
    assert failure.message == f"1 finding: {PINNED.remedy}"
    assert failure.type == "mandatory"
    assert failure.text == "Deployment/statsd: container statsd runs statsd"


def test_an_expired_exception_fails_its_test_case() -> None:
    assert cases(BAD)["exceptions-in-date"].is_failure
    assert cases(GOOD)["exceptions-in-date"].is_passed


def test_an_advisory_finding_passes_and_is_in_the_output() -> None:
    case = cases(BAD)["image-digest"]
    assert case.is_passed
    assert case.system_out == (
        "Job/migration: airflow:3.2.2 has no digest\n"
        "Job/admin: airflow:3.2.2 has no digest\n"
        f"→ {DIGEST.remedy}"
    )


def test_an_excused_finding_is_in_the_output_with_its_reason() -> None:
    output = str(cases(BAD)["image-pinned"].system_out).split("Deployment/")
    assert len(output) == 4
    assert output[1].startswith("airflow-scheduler: container a runs x (excused until 2027-03-31:")
    assert "which has no versions yet" in output[1]


def test_a_rule_without_findings_passes_without_output() -> None:
    case = cases(GOOD)["image-pinned"]
    assert case.is_passed
    assert case.system_out is None


def test_a_stack_that_could_not_be_checked_is_an_error() -> None:
    (suite,) = suites(BROKEN_STACK)
    (case,) = suite
    assert case.is_error
    assert case.result[0].text == "Pulumi.dev.yaml: no such setting"
    assert suite.errors == 1


def test_a_suite_has_the_chart_version_and_the_counts() -> None:
    (suite,) = suites(BAD)
    output = {each.name: each.value for each in suite.properties()}
    assert output == {
        "chart": "1.22.0",
        "objects": "69",
        "mandatory": "2",
        "advisory": "2",
        "excused": "3",
    }
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (3, 2, 0, 0)


def test_the_document_has_the_total_counts(tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    as_junit([BAD, BROKEN_STACK]).write(str(file), pretty=True)
    document = JUnitXml.fromfile(str(file))
    assert (document.tests, document.failures, document.errors) == (4, 2, 1)


def test_characters_that_xml_forbids_are_left_out(tmp_path: Path) -> None:
    odd = judged(violation(PINNED, "Job/a", "runs \x1b[2J<x> & y"))
    file = tmp_path / "junit.xml"
    as_junit([odd]).write(str(file), pretty=True)
    (suite,) = JUnitXml.fromfile(str(file))
    assert next(iter(suite)).result[0].text == "Job/a: runs [2J<x> & y"
