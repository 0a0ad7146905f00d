"""Judges a scope by all rules, at the levels and with the exceptions of its stack."""

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
    """A finding, at the level that its rule has in the stack."""

    rule: Rule
    level: Level
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class Excused:
    """A finding that an exception of the stack names."""

    rule: Rule
    finding: Finding
    exception: PolicyException


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the rules say of a stack."""

    judged: Sequence[tuple[Rule, Level]]  # those that are on
    violations: Sequence[Violation]
    excused: Sequence[Excused]

    @property
    def failed(self) -> bool:
        """Whether this stack may not reach a cluster."""
        return any(each.level == "mandatory" for each in self.violations)


def level_of(rule: Rule, policies: Policies) -> Level:
    """The level of a rule in a stack."""
    own: Level = "off" if rule.production_only and not policies.production else rule.level
    return policies.levels.get(rule.name, own)


def judge(scope: Scope, today: date, rules: Sequence[Rule] = RULES) -> Verdict:
    """What the rules, and the stack's own words on them, come to."""
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
    used = [each.exception for each in excused]
    # What is stale excuses nothing either, and is told once.
    every = [*_unused(policies, used), *stale(policies, today, rules)]
    wrong = {finding.subject: finding for finding in every}.values()
    violations += [Violation(rule=STALE, level="mandatory", finding=finding) for finding in wrong]
    return Verdict(judged=judged, violations=violations, excused=excused)


def exception_for(
    rule: Rule, finding: Finding, policies: Policies, today: date
) -> PolicyException | None:
    """The exception that excuses the finding today."""
    return next(
        (
            each
            for each in policies.exceptions
            if each.rule == rule.name
            # What Pulumi names by itself ends in *, which stands for itself too.
            and fnmatchcase(finding.subject, each.object)
            and date.fromisoformat(each.expires) >= today
        ),
        None,
    )


def stale(policies: Policies, today: date, rules: Sequence[Rule] = RULES) -> Iterator[Finding]:
    """What a stack says of rules and no longer counts: exceptions that have expired, and rules that
    there are not."""
    known = {rule.name for rule in rules}
    for n, each in enumerate(policies.exceptions):
        if each.rule not in known:
            yield _exception(n, _no_rule(each.rule, known))
        elif date.fromisoformat(each.expires) < today:
            yield _exception(n, f"{each.rule} of {each.object} expired on {each.expires}")
    for name in policies.levels:
        if name not in known:
            subject = f"Setting/policies.levels.{name}"
            yield Finding(subject=subject, message=_no_rule(name, known))


def _unused(policies: Policies, used: Sequence[PolicyException]) -> Iterator[Finding]:
    """Exceptions that nothing needs any more: left, they would excuse what comes next."""
    for n, each in enumerate(policies.exceptions):
        if each not in used:
            yield _exception(n, f"{each.rule} of {each.object} excuses nothing")


def _no_rule(name: str, known: Collection[str]) -> str:
    if name == STALE.name:
        return f"{name} is about these very words, and always counts"
    near = difflib.get_close_matches(name, known, n=1)
    return f"there is no rule {name}" + (f"; did you mean {near[0]}?" if near else "")


def _exception(number: int, words: str) -> Finding:
    return Finding(subject=f"Setting/policies.exceptions[{number}]", message=words)


def _nothing(_scope: Scope) -> Iterator[Finding]:
    return iter(())


STALE = Rule(
    name="exceptions-in-date",
    description="What a stack says of the rules counts: its exceptions have not expired and excuse"
    " something, and the rules that it names exist.",
    remedy="Mend the rule's name, renew the exception with its reason, or take it away.",
    level="mandatory",
    judge=_nothing,
    needs_complete_stack=True,
    production_only=False,
)
"""What `judge` finds in the stack's own words; it has no level and no exception."""
