"""What came of each stack, and what the reports tell of it alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_k8s.policy.judging import Excused, Verdict, Violation
from airflow_k8s.policy.rule import Rule
from airflow_k8s.stack.settings.policies import Level, PolicyException


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A stack that was judged."""

    stack: str
    verdict: Verdict
    objects: int
    chart: str  # its version

    @property
    def failed(self) -> bool:
        """Whether this stack may not reach a cluster."""
        return self.verdict.failed

    def count(self, level: Level) -> int:
        """How many violations of this level."""
        return sum(each.level == level for each in self.verdict.violations)


@dataclass(frozen=True, kw_only=True)
class Unjudged:
    """A stack that could not be judged, which is as bad as one that fails."""

    stack: str
    reason: str
    failed: bool = True


Outcome = Judged | Unjudged


def failed(outcomes: Sequence[Outcome]) -> bool:
    """Whether a stack may not reach a cluster; so it is where none was judged."""
    return not outcomes or any(each.failed for each in outcomes)


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A rule that a stack breaks, with all that was found."""

    rule: Rule
    level: Level
    subjects: Sequence[tuple[str, Sequence[str]]]  # by the words that are said of all of them


def broken(violations: Iterable[Violation]) -> list[Broken]:
    """The rules that are broken, the mandatory ones first."""
    loudest_first = sorted(violations, key=lambda each: each.level != "mandatory")
    found: dict[tuple[Rule, Level], dict[str, list[str]]] = {}
    for each in loudest_first:
        by_words = found.setdefault((each.rule, each.level), {})
        by_words.setdefault(each.finding.message, []).append(each.finding.subject)
    return [
        Broken(rule=rule, level=level, subjects=list(by_words.items()))
        for (rule, level), by_words in found.items()
    ]


def excused(verdict: Verdict) -> list[tuple[Excused, list[str]]]:
    """The exceptions that were needed, each by the first finding that needs it, with the subjects
    of all that do."""
    found: dict[PolicyException, tuple[Excused, dict[str, None]]] = {}
    for each in verdict.excused:
        _, subjects = found.setdefault(each.exception, (each, {}))
        subjects[each.finding.subject] = None
    return [(first, list(subjects)) for first, subjects in found.values()]
