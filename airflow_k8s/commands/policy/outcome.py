"""The results for all stacks, and how the reports group them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_k8s.policy.judging import Verdict, Violation
from airflow_k8s.policy.rule import Rule
from airflow_k8s.stack.settings.policies import Level, PolicyException


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A stack that was checked by the rules."""

    stack: str
    verdict: Verdict
    objects: int  # their number
    chart: str  # its version

    @property
    def failed(self) -> bool:
        """Whether the stack violates a mandatory rule."""
        return self.verdict.failed

    def count(self, level: Level) -> int:
        """The number of violations of this level."""
        return sum(violation.level == level for violation in self.verdict.violations)


@dataclass(frozen=True, kw_only=True)
class Unjudged:
    """A stack that was not checked, because it could not be rendered. It counts as failed."""

    stack: str
    reason: str
    failed: bool = True


Outcome = Judged | Unjudged


def failed(outcomes: Sequence[Outcome]) -> bool:
    """Whether a stack failed, or no stack was checked."""
    return not outcomes or any(outcome.failed for outcome in outcomes)


@dataclass(frozen=True, kw_only=True)
class BrokenRule:
    """A rule that a stack violates, with all findings."""

    rule: Rule
    level: Level
    findings: Sequence[tuple[str, Sequence[str]]]  # a message, and the subjects that have it


def broken_rules(violations: Iterable[Violation]) -> list[BrokenRule]:
    """The violated rules with their findings. Mandatory rules come first."""
    mandatory_first = sorted(violations, key=lambda violation: violation.level != "mandatory")
    found: dict[tuple[Rule, Level], dict[str, list[str]]] = {}
    for violation in mandatory_first:
        by_message = found.setdefault((violation.rule, violation.level), {})
        by_message.setdefault(violation.finding.message, []).append(violation.finding.subject)
    return [
        BrokenRule(rule=rule, level=level, findings=list(by_message.items()))
        for (rule, level), by_message in found.items()
    ]


def used_exceptions(verdict: Verdict) -> list[tuple[PolicyException, list[str]]]:
    """Every exception that covers a finding, with the subjects of the covered findings."""
    found: dict[PolicyException, dict[str, None]] = {}
    for item in verdict.excused:
        found.setdefault(item.exception, {})[item.finding.subject] = None
    return [(exception, list(subjects)) for exception, subjects in found.items()]
