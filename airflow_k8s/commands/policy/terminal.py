"""The results, and the list of rules, for the terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from airflow_k8s.commands.policy.outcome import (
    BrokenRule,
    Judged,
    Outcome,
    broken_rules,
    failed,
    used_exceptions,
)
from airflow_k8s.console.text import amount, clean, joined
from airflow_k8s.policy.judging import STALE, level_of
from airflow_k8s.policy.rule import Rule
from airflow_k8s.policy.rules import RULES
from airflow_k8s.stack.settings.policies import Level, Policies, PolicyException

_MUTED = "dim"
_MIN_SUBJECTS = 20  # columns that a narrow terminal leaves to the subjects
_MAX_SUBJECTS = 44  # columns for the subjects of a finding; its message is in the next column
_STYLES: Mapping[Level, str] = {"mandatory": "bold red", "advisory": "yellow", "off": _MUTED}


def report_lines(outcomes: Sequence[Outcome]) -> Iterator[RenderableType]:
    """Yields the lines of the report: the findings of every stack, then the summary."""
    for outcome in outcomes:
        if isinstance(outcome, Judged):
            yield from _stack(outcome)
            yield Text()
    yield _summary(outcomes)


def rule_lines(policies: Mapping[str, Policies]) -> Iterator[RenderableType]:
    """Yields the lines about all rules and their levels. `policies`: the settings by stack."""
    for number, rule in enumerate((*RULES, STALE)):
        if number:
            yield Text()
        yield Text.assemble((f"{rule.name}  ", "bold"), _levels(rule, policies))
        yield Padding(Text(rule.description), (0, 0, 0, 2), expand=False)
        yield _remedy(rule, indent=2, style=_MUTED)


def _stack(judged: Judged) -> Iterator[RenderableType]:
    mandatory, advisory = judged.count("mandatory"), judged.count("advisory")
    rules, objects = amount(len(judged.verdict.judged), "rule"), amount(judged.objects, "object")
    yield Text.assemble(
        (judged.stack, "bold"),
        f": {rules} for {objects}. Findings: ",
        (f"{mandatory} mandatory", _STYLES["mandatory"] if mandatory else ""),
        ", ",
        (f"{advisory} advisory", _STYLES["advisory"] if advisory else ""),
        f", {len(judged.verdict.excused)} excused by exceptions",
    )
    for broken in broken_rules(judged.verdict.violations):
        yield Text()
        yield from _broken(broken)
    exceptions = used_exceptions(judged.verdict)
    if exceptions:
        yield Text()
        yield Text("  excused by exceptions", "bold")
        yield _table(((subjects, _reason(item)) for item, subjects in exceptions), _MUTED)


def _broken(broken: BrokenRule) -> Iterator[RenderableType]:
    mandatory = broken.level == "mandatory"
    mark = "✗" if mandatory else "!"
    yield Text(f"  {mark} {broken.rule.name}  {broken.level}", _STYLES[broken.level])
    rows = ((subjects, message) for message, subjects in broken.findings)
    yield _table(rows, "" if mandatory else _MUTED)
    yield _remedy(broken.rule, indent=4)


def _table(rows: Iterable[tuple[Sequence[str], str]], style: str) -> RenderableType:
    """A table with one row for every message: first its subjects, then the message."""
    cells = [(_one_line(shortened(subjects)), _one_line(message)) for subjects, message in rows]
    longest = max(len(subjects) for subjects, _ in cells)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style=style, overflow="fold", min_width=min(longest, _MIN_SUBJECTS))
    table.add_column(style=style, overflow="fold")
    for subjects, message in cells:
        table.add_row(Text(subjects), Text(message))
    return Padding(table, (0, 0, 0, 4), expand=False)


def _remedy(rule: Rule, *, indent: int, style: str = "") -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(style=_MUTED, no_wrap=True)
    table.add_column(style=style, overflow="fold")
    table.add_row("→", Text(rule.remedy))
    return Padding(table, (0, 0, 0, indent), expand=False)


def _reason(exception: PolicyException) -> str:
    return f"{exception.rule}, until {exception.expires}: {exception.reason}"


def _summary(outcomes: Sequence[Outcome]) -> Text:
    if failed(outcomes):
        problems = [_problem(outcome) for outcome in outcomes if outcome.failed]
        message = joined(problems) if problems else "no stack was checked"
        return Text(f"✗ {message}", _STYLES["mandatory"])
    verb = "violates" if len(outcomes) == 1 else "violate"
    stacks = joined(outcome.stack for outcome in outcomes)
    return Text(f"✓ {stacks} {verb} no mandatory rule", "bold green")


def _problem(outcome: Outcome) -> str:
    if isinstance(outcome, Judged):
        return f"{outcome.stack} has {amount(outcome.count('mandatory'), 'mandatory violation')}"
    return f"{outcome.stack} can't be checked"


def shortened(subjects: Sequence[str]) -> str:
    """The subjects as a text: all if they fit, otherwise the first and the number of others."""
    every = joined(subjects)
    if len(every) <= _MAX_SUBJECTS:
        return every
    return f"{subjects[0]} and {len(subjects) - 1} more" if len(subjects) > 1 else every


def _one_line(text: str) -> str:
    """The text in one line, without control characters."""
    return " ".join(clean(text).split())


def _levels(rule: Rule, policies: Mapping[str, Policies]) -> Text:
    by_level: dict[Level, list[str]] = {}
    for stack, own in policies.items():
        # The level of STALE is fixed.
        level = rule.level if rule is STALE else level_of(rule, own)
        by_level.setdefault(level, []).append(stack)
    if len(by_level) == 1:
        (level,) = by_level
        text = Text(level, _STYLES[level])
    else:
        text = Text(", ").join(
            Text.assemble((level, _STYLES[level]), f" in {joined(stacks)}")
            for level, stacks in by_level.items()
        )
    return text.append("  only for production", _MUTED) if rule.production_only else text
