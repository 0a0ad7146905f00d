"""Checks a stack by all rules, with the levels and the exceptions that the stack sets."""

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from airflow_k8s.policy.rule import Finding, Rule, Scope
from airflow_k8s.policy.rules import RULES
from airflow_k8s.stack.settings.policies import Level, Policies, PolicyException


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A finding, with the level that the stack gives to its rule."""

    rule: Rule
    level: Level
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class Excused:
    """A finding that is covered by an exception of the stack."""

    rule: Rule
    finding: Finding
    exception: PolicyException


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of checking a stack by the rules."""

    judged: Sequence[tuple[Rule, Level]]  # the rules that are not off
    violations: Sequence[Violation]
    excused: Sequence[Excused]

    @property
    def failed(self) -> bool:
        """Whether the stack violates a mandatory rule."""
        return any(violation.level == "mandatory" for violation in self.violations)


def level_of(rule: Rule, policies: Policies) -> Level:
    """The level of a rule in a stack."""
    own: Level = "off" if rule.production_only and not policies.production else rule.level
    return policies.levels.get(rule.name, own)


def judge(scope: Scope, today: date, rules: Sequence[Rule] = RULES) -> Verdict:
    """Checks a stack by all rules. The rule STALE checks the levels and exceptions of the stack."""
    policies = scope.settings.policies
    judged: list[tuple[Rule, Level]] = [
        (rule, level) for rule in rules if (level := level_of(rule, policies)) != "off"
    ]
    violations: list[Violation] = []
    excused: list[Excused] = []
    for rule, level in judged:
        for finding in dict.fromkeys(rule.judge(scope)):
            exception = exception_for(rule, finding, policies, today)
            if exception:
                excused.append(Excused(rule=rule, finding=finding, exception=exception))
            else:
                violations.append(Violation(rule=rule, level=level, finding=finding))
    used = [item.exception for item in excused]
    # An expired exception is also unused. Only the last finding about a subject is reported.
    findings = [*_unused(policies, used), *stale(policies, today, rules)]
    stale_findings = {finding.subject: finding for finding in findings}.values()
    violations += [
        Violation(rule=STALE, level="mandatory", finding=finding) for finding in stale_findings
    ]
    return Verdict(judged=judged, violations=violations, excused=excused)


def exception_for(
    rule: Rule, finding: Finding, policies: Policies, today: date
) -> PolicyException | None:
    """The exception that covers the finding and has not expired on this day; None without one."""
    return next(
        (
            exception
            for exception in policies.exceptions
            if exception.rule == rule.name
            # A generated name ends in *, which as a pattern also matches itself.
            and fnmatchcase(finding.subject, exception.object)
            and date.fromisoformat(exception.expires) >= today
        ),
        None,
    )


def stale(policies: Policies, today: date, rules: Sequence[Rule] = RULES) -> Iterator[Finding]:
    """Findings about the stack's own levels and exceptions: expired ones, and unknown rules."""
    known = {rule.name for rule in rules}
    for number, exception in enumerate(policies.exceptions):
        if exception.rule not in known:
            yield _exception(number, _unknown_rule(exception.rule, known))
        elif date.fromisoformat(exception.expires) < today:
            expired = f"expired on {exception.expires}"
            yield _exception(number, f"{exception.rule} for {exception.object} {expired}")
    for name in policies.levels:
        if name not in known:
            subject = f"Setting/policies.levels.{name}"
            yield Finding(subject=subject, message=_unknown_rule(name, known))


def _unused(policies: Policies, used: Sequence[PolicyException]) -> Iterator[Finding]:
    """Findings about unused exceptions: such an exception could hide a later finding."""
    for number, exception in enumerate(policies.exceptions):
        if exception not in used:
            yield _exception(number, f"{exception.rule} for {exception.object} covers no finding")


def _unknown_rule(name: str, known: Collection[str]) -> str:
    if name == STALE.name:
        return f"{name} can have no exception and no other level"
    near = difflib.get_close_matches(name, known, n=1)
    return f"the rule {name} does not exist" + (f"; did you mean {near[0]}?" if near else "")


def _exception(number: int, message: str) -> Finding:
    return Finding(subject=f"Setting/policies.exceptions[{number}]", message=message)


def _nothing(_scope: Scope) -> Iterator[Finding]:
    return iter(())


STALE = Rule(
    name="exceptions-in-date",
    description="The exceptions of a stack have not expired and cover a finding, and all rules that"
    " its exceptions and levels name exist.",
    remedy="Fix the rule's name, renew the exception with a reason, or remove it.",
    level="mandatory",
    judge=_nothing,
    needs_complete_stack=True,
    production_only=False,
)
"""The rule for the stack's own levels and exceptions. It has a fixed level and no exceptions."""
