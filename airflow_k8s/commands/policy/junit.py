"""The results as JUnit XML: one suite per stack, and one test case per rule that is not off.

A mandatory finding fails the test case of its rule. Advisory and excused findings are only part of
its output: `skipped` would mean that the rule was not checked, `failed` would stop a workflow.
"""

from collections.abc import Iterator, Sequence

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from airflow_k8s.commands.policy.outcome import Judged, Outcome, Unjudged
from airflow_k8s.console.text import amount, clean
from airflow_k8s.policy.judging import STALE, Verdict
from airflow_k8s.policy.rule import Finding, Rule
from airflow_k8s.stack.settings.policies import Level


def as_junit(outcomes: Sequence[Outcome]) -> JUnitXml:
    """The JUnit document with the results of all stacks."""
    document = JUnitXml("policies")
    for outcome in outcomes:
        suite = _suite(outcome) if isinstance(outcome, Judged) else _unjudged(outcome)
        document.add_testsuite(suite)
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
    suite.add_testcases([_case(judged.stack, judged.verdict, rule, level) for rule, level in rules])
    return suite


def _case(stack: str, verdict: Verdict, rule: Rule, level: Level) -> TestCase:
    case = TestCase(rule.name, classname=f"policies.{stack}")
    found = [violation.finding for violation in verdict.violations if violation.rule == rule]
    if found and level == "mandatory":
        failure = Failure(f"{amount(len(found), 'finding')}: {rule.remedy}", level)
        failure.text = "\n".join(map(_line, found))
        case.result = [failure]
        found = []
    lines = [*map(_line, found), *([f"→ {rule.remedy}"] if found else []), *_excused(verdict, rule)]
    if lines:
        case.system_out = "\n".join(lines)
    return case


def _excused(verdict: Verdict, rule: Rule) -> Iterator[str]:
    for item in verdict.excused:
        if item.rule == rule:
            reason = f"excused until {item.exception.expires}: {clean(item.exception.reason)}"
            yield f"{_line(item.finding)} ({reason})"


def _unjudged(outcome: Unjudged) -> TestSuite:
    suite = TestSuite(outcome.stack)
    case = TestCase("can-be-judged", classname=f"policies.{outcome.stack}")
    error = Error("the stack can't be checked", "unjudged")
    error.text = clean(outcome.reason)
    case.result = [error]
    suite.add_testcases([case])
    return suite


def _line(finding: Finding) -> str:
    return clean(f"{finding.subject}: {finding.message}")
