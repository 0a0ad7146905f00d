"""The effect of the levels and exceptions that a stack sets."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from airflow_k8s.policy.judging import STALE, Verdict, judge, level_of
from airflow_k8s.policy.rule import Finding, Rule, Scope, rule
from tests.policy.samples import scope, settings

TODAY = date(2026, 6, 1)


@rule(remedy="Fix it.")
def always_broken(_scope: Scope) -> Iterator[Finding]:
    """Never met."""
    yield Finding(subject="Deployment/airflow-statsd", message="it is broken")
    yield Finding(subject="Job/migration-job-*", message="it is broken")


@rule(remedy="Fix it.", production_only=True)
def only_for_production(_scope: Scope) -> Iterator[Finding]:
    """Never met in production."""
    yield Finding(subject="Deployment/airflow-scheduler", message="it is alone")


@rule(remedy="Fix it.", level="advisory")
def good_advice(_scope: Scope) -> Iterator[Finding]:
    """Better met."""
    yield Finding(subject="Pod/a", message="it could be better")


BROKEN, PRODUCTION, ADVICE = always_broken, only_for_production, good_advice


def judged(*rules: Rule, on: date = TODAY, **policies: Any) -> Verdict:
    return judge(scope(policies=policies), on, rules)


def exception(**changes: str) -> dict[str, str]:
    return {
        "rule": "always-broken",
        "object": "*",
        "reason": "it is fixed next week",
        "expires": "2026-06-30",
    } | changes


def counted(verdict: Verdict) -> list[tuple[str, str]]:
    return [(each.rule.name, each.finding.subject) for each in verdict.violations]


def stale(verdict: Verdict) -> list[tuple[str, str]]:
    return [
        (each.finding.subject, each.finding.message)
        for each in verdict.violations
        if each.rule is STALE
    ]


def test_a_finding_is_a_violation_at_the_level_of_its_rule() -> None:
    verdict = judged(BROKEN, ADVICE)
    assert [(each.rule, each.level) for each in verdict.violations] == [
        (BROKEN, "mandatory"),
        (BROKEN, "mandatory"),
        (ADVICE, "advisory"),
    ]
    assert verdict.judged == [(BROKEN, "mandatory"), (ADVICE, "advisory")]
    assert not verdict.excused


def test_only_a_mandatory_violation_fails_a_stack() -> None:
    assert judged(BROKEN, ADVICE).failed
    assert not judged(ADVICE).failed
    assert not judged().failed


def test_a_rule_for_production_is_off_in_any_other_stack() -> None:
    verdict = judged(PRODUCTION)
    assert not verdict.judged, "the report would count it as checked"
    assert not verdict.violations


def test_a_rule_for_production_counts_in_a_production_stack() -> None:
    assert judged(PRODUCTION, production=True).failed


def test_a_stack_sets_the_level_of_a_rule() -> None:
    assert not judged(BROKEN, levels={"always-broken": "off"}).violations
    assert not judged(BROKEN, levels={"always-broken": "advisory"}).failed
    assert judged(ADVICE, levels={"good-advice": "mandatory"}).failed
    assert judged(PRODUCTION, levels={"only-for-production": "mandatory"}).failed
    policies = settings(policies={"production": True, "levels": {"always-broken": "off"}}).policies
    assert level_of(BROKEN, policies) == "off"
    assert level_of(PRODUCTION, policies) == "mandatory"


def test_the_same_finding_is_reported_once() -> None:
    @rule(remedy="Fix it.")
    def stutters(_scope: Scope) -> Iterator[Finding]:
        yield Finding(subject="Pod/a", message="it is broken")
        yield Finding(subject="Pod/a", message="it is broken")

    assert len(judged(stutters).violations) == 1


def test_an_exception_covers_one_object() -> None:
    verdict = judged(BROKEN, exceptions=[exception(object="Deployment/airflow-statsd")])
    assert counted(verdict) == [("always-broken", "Job/migration-job-*")]
    (excused,) = verdict.excused
    assert excused.finding.subject == "Deployment/airflow-statsd"
    assert excused.rule is BROKEN
    assert excused.exception.reason == "it is fixed next week"


def test_an_exception_covers_an_object_with_a_generated_name() -> None:
    verdict = judged(BROKEN, exceptions=[exception(object="Job/migration-job-*")])
    assert counted(verdict) == [("always-broken", "Deployment/airflow-statsd")]


def test_an_exception_with_a_pattern_covers_many_objects() -> None:
    assert not judged(BROKEN, exceptions=[exception(object="*")]).violations
    verdict = judged(BROKEN, exceptions=[exception(object="Deployment/airflow-*")])
    assert counted(verdict) == [("always-broken", "Job/migration-job-*")]


def test_the_pattern_of_an_exception_is_case_sensitive() -> None:
    verdict = judged(BROKEN, exceptions=[exception(object="deployment/*")])
    assert len([each for each in verdict.violations if each.rule is BROKEN]) == 2


def test_an_exception_covers_only_its_rule() -> None:
    verdict = judged(BROKEN, ADVICE, exceptions=[exception()])
    assert counted(verdict) == [("good-advice", "Pod/a")]


def test_an_exception_counts_on_its_last_day() -> None:
    assert not judged(BROKEN, on=date(2026, 6, 30), exceptions=[exception()]).violations


def test_an_expired_exception_is_reported_with_the_finding() -> None:
    verdict = judged(BROKEN, on=date(2026, 7, 1), exceptions=[exception()])
    assert counted(verdict) == [
        ("always-broken", "Deployment/airflow-statsd"),
        ("always-broken", "Job/migration-job-*"),
        ("exceptions-in-date", "Setting/policies.exceptions[0]"),
    ]
    assert stale(verdict)[0][1] == "always-broken for * expired on 2026-06-30"
    assert not verdict.excused


def test_an_expired_exception_is_mandatory_even_if_its_rule_is_advisory() -> None:
    given = [exception(rule="good-advice", expires="2026-05-31")]
    assert judged(ADVICE, exceptions=given).failed, "nobody would look at it again"


def test_an_expired_exception_does_not_disable_a_valid_one() -> None:
    given = [exception(expires="2026-05-31"), exception()]
    verdict = judged(BROKEN, exceptions=given)
    assert len(verdict.excused) == 2
    assert [subject for subject, _ in stale(verdict)] == ["Setting/policies.exceptions[0]"]


def test_an_exception_without_a_finding_is_reported() -> None:
    given = [exception(), exception(object="Deployment/gone")]
    assert stale(judged(BROKEN, exceptions=given)) == [
        ("Setting/policies.exceptions[1]", "always-broken for Deployment/gone covers no finding")
    ], "it would excuse whatever is called so next"


def test_an_exception_for_a_rule_that_is_off_is_reported() -> None:
    given = [exception(rule="only-for-production")]
    assert stale(judged(PRODUCTION, exceptions=given)) == [
        ("Setting/policies.exceptions[0]", "only-for-production for * covers no finding")
    ]


def test_an_unknown_rule_is_reported_once_per_setting() -> None:
    verdict = judged(
        BROKEN,
        exceptions=[exception(), exception(rule="always-brocken")],
        levels={"allways-broken": "off"},
    )
    assert stale(verdict) == [
        (
            "Setting/policies.exceptions[1]",
            "the rule always-brocken does not exist; did you mean always-broken?",
        ),
        (
            "Setting/policies.levels.allways-broken",
            "the rule allways-broken does not exist; did you mean always-broken?",
        ),
    ], "a misspelt level or exception would do nothing, and nobody would know"
    assert verdict.failed


def test_no_exception_covers_findings_about_exceptions() -> None:
    given = [
        exception(object="Deployment/gone"),
        exception(rule="exceptions-in-date", object="Setting/*"),
    ]
    verdict = judged(exceptions=given, levels={"exceptions-in-date": "off"})
    assert [message for _, message in stale(verdict)] == [
        "the rule always-broken does not exist",
        "exceptions-in-date can have no exception and no other level",
        "exceptions-in-date can have no exception and no other level",
    ]
    assert not verdict.excused


def test_the_rule_about_exceptions_has_no_check_of_its_own() -> None:
    assert not list(STALE.judge(scope(policies={"levels": {"none": "off"}})))
    assert STALE.needs_complete_stack, "in a part most exceptions would excuse nothing"
    assert not STALE.production_only, "an exception expires wherever it stands"
