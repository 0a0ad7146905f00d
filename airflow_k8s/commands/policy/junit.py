"""The verdicts in JUnit's XML: a suite for each stack, a case for each rule that is on.

Mandatory findings fail a case. Advisory and excused ones are its output: skipped would say that the
rule was not looked at, and failed would stop what may go on.
"""

from collections.abc import Iterator, Sequence

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from airflow_k8s.commands.policy.outcome import Judged, Outcome, Unjudged
from airflow_k8s.console.text import amount, clean
from airflow_k8s.policy.judging import STALE, Verdict
from airflow_k8s.policy.rule import Finding, Rule
from airflow_k8s.stack.settings.policies import Level


def as_junit(outcomes: Sequence[Outcome]) -> JUnitXml:
    """The document."""
    document = JUnitXml("policies")
    for each in outcomes:
        document.add_testsuite(_suite(each) if isinstance(each, Judged) else _unjudged(each))
    document.update_statistics()
    return document


def _suite(judged: Judged) -> TestSuite:
    suite = TestSuite(judged.stack)
    for name, value in (
        ("chart", judged.chart),
        ("objects", judged.objects),
        ("mandatory", judged.count("mandatory")),
        ("advisory", judged.count("advisory")),
        ("excused", len(judged.verdict.excused)),
    ):
        suite.add_property(name, clean(str(value)))
    rules: list[tuple[Rule, Level]] = [*judged.verdict.judged, (STALE, "mandatory")]
    suite.add_testcases([_case(judged.stack, judged.verdict, *each) for each in rules])
    return suite


def _case(stack: str, verdict: Verdict, rule: Rule, level: Level) -> TestCase:
    case = TestCase(rule.name, classname=f"policies.{stack}")
    found = [each.finding for each in verdict.violations if each.rule == rule]
    if found and level == "mandatory":
        failure = Failure(f"{amount(len(found), 'finding')}: {rule.remedy}", level)
        failure.text = "\n".join(map(_told, found))
        case.result = [failure]
        found = []
    lines = [*map(_told, found), *([f"→ {rule.remedy}"] if found else []), *_excused(verdict, rule)]
    if lines:
        case.system_out = "\n".join(lines)
    return case


def _excused(verdict: Verdict, rule: Rule) -> Iterator[str]:
    for each in verdict.excused:
        if each.rule == rule:
            why = f"excused until {each.exception.expires}: {clean(each.exception.reason)}"
            yield f"{_told(each.finding)} ({why})"


def _unjudged(each: Unjudged) -> TestSuite:
    suite = TestSuite(each.stack)
    case = TestCase("can-be-judged", classname=f"policies.{each.stack}")
    error = Error("the stack can't be judged", "unjudged")
    error.text = clean(each.reason)
    case.result = [error]
    suite.add_testcases([case])
    return suite


def _told(finding: Finding) -> str:
    return clean(f"{finding.subject}: {finding.message}")
