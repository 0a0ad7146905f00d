"""The verdicts, and the rules, as a person reads them on a terminal."""

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from airflow_k8s.commands.policy.outcome import Broken, Judged, Outcome, broken, excused, failed
from airflow_k8s.console.line import Line
from airflow_k8s.console.text import amount, clean, joined
from airflow_k8s.policy.judging import STALE, Excused, level_of
from airflow_k8s.policy.rule import Rule
from airflow_k8s.policy.rules import RULES
from airflow_k8s.stack.settings.policies import Level, Policies

_QUIET = "dim"
_NAMED = 44  # columns that names may take: what is said of them stands beside
_STYLES: Mapping[Level, str] = {"mandatory": "bold red", "advisory": "yellow", "off": _QUIET}


def report_lines(outcomes: Sequence[Outcome]) -> Iterator[Line | Text]:
    """All that was found, to be printed one after the other; the verdict comes last."""
    for each in outcomes:
        if isinstance(each, Judged):
            yield from _stack(each)
            yield Text()
    yield _end(outcomes)


def rule_lines(policies: Mapping[str, Policies]) -> Iterator[Line | Text]:
    """What the stacks are held to, each by its policies."""
    for number, rule in enumerate((*RULES, STALE)):
        if number:
            yield Text()
        yield Line(Text(f"{rule.name}  ", "bold"), _levels(rule, policies))
        yield Line(Text("  "), Text(rule.description))
        yield Line(Text("  → ", _QUIET), Text(rule.remedy, _QUIET))


def _stack(judged: Judged) -> Iterator[Line | Text]:
    mandatory, advisory = judged.count("mandatory"), judged.count("advisory")
    yield Text.assemble(
        (judged.stack, "bold"),
        f": {amount(len(judged.verdict.judged), 'rule')} over {amount(judged.objects, 'object')}, ",
        (f"{mandatory} mandatory", _STYLES["mandatory"] if mandatory else ""),
        ", ",
        (f"{advisory} advisory", _STYLES["advisory"] if advisory else ""),
        f", {len(judged.verdict.excused)} excused",
    )
    for each in broken(judged.verdict.violations):
        yield Text()
        yield from _broken(each)
    exceptions = excused(judged.verdict)
    if exceptions:
        yield Text()
        yield Text("  excused", "bold")
        yield from _rows(
            [(subjects, _why_excused(first)) for first, subjects in exceptions], _QUIET
        )


def _broken(each: Broken) -> Iterator[Line]:
    style = _STYLES[each.level]
    mark = "✗" if each.level == "mandatory" else "!"
    yield Line(Text(f"  {mark} {each.rule.name}  ", style), Text(each.level, style))
    rows = [(subjects, words) for words, subjects in each.subjects]
    yield from _rows(rows, "" if each.level == "mandatory" else _QUIET)
    yield Line(Text("    → ", _QUIET), Text(each.rule.remedy))


def _rows(rows: Sequence[tuple[Sequence[str], str]], style: str) -> Iterator[Line]:
    """Whose, and below each other what is said of them."""
    named = [_line(shortened(subjects)) for subjects, _ in rows]
    width = max(map(len, named))
    for name, (_, words) in zip(named, rows, strict=True):
        yield Line(Text(f"    {name:<{width}}  ", style), Text(_line(words), style))


def _why_excused(each: Excused) -> str:
    return f"{each.rule.name}, until {each.exception.expires}: {each.exception.reason}"


def _end(outcomes: Sequence[Outcome]) -> Line:
    bad = [_why(each) for each in outcomes if each.failed]
    if not failed(outcomes):
        mark, style = "✓ ", "bold green"
        verb = "breaks" if len(outcomes) == 1 else "break"
        words = f"{joined(each.stack for each in outcomes)} {verb} no mandatory rule"
    else:
        mark, style = "✗ ", _STYLES["mandatory"]
        words = joined(bad) if bad else "no stack was judged"
    return Line(Text(mark, style), Text(words, style))


def _why(each: Outcome) -> str:
    if isinstance(each, Judged):
        return f"{each.stack} has {amount(each.count('mandatory'), 'mandatory violation')}"
    return f"{each.stack} can't be judged"


def shortened(subjects: Sequence[str]) -> str:
    """All of them by name, or the first and how many others."""
    every = joined(subjects)
    if len(every) <= _NAMED:
        return every
    return f"{subjects[0]} and {len(subjects) - 1} more" if len(subjects) > 1 else every


def _line(text: str) -> str:
    """What others wrote, in one line that steers no terminal."""
    return " ".join(clean(text).split())


def _levels(rule: Rule, policies: Mapping[str, Policies]) -> Text:
    # What `judge` finds in the stack's own words can't be set to another level.
    levels: dict[str, Level] = {
        stack: rule.level if rule is STALE else level_of(rule, own)
        for stack, own in policies.items()
    }
    by_level: dict[Level, list[str]] = {}
    for stack, level in levels.items():
        by_level.setdefault(level, []).append(stack)
    if len(by_level) == 1:
        (level,) = by_level
        told = Text(level, _STYLES[level])
    else:
        told = Text(", ").join(
            Text.assemble((level, _STYLES[level]), f" in {joined(stacks)}")
            for level, stacks in by_level.items()
        )
    return told.append("  for production alone", _QUIET) if rule.production_only else told
