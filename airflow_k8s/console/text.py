"""Texts for the output of all commands: amounts, sizes, and texts of servers made safe to show."""

from collections.abc import Iterable

_GIBIBYTE = 1024**3


def seconds(number: float) -> str:
    """A duration without a space, so that no line breaks in it: 3.2s, 140s."""
    return f"{number:.0f}s" if number >= 100 else f"{number:.1f}s"


def cores(number: float) -> str:
    """A number of cores: 4.62."""
    return f"{round(number, 2):g}"


def gibibytes(number: float) -> str:
    """Bytes as a number of GiB, without the unit: 9.3."""
    return f"{round(number / _GIBIBYTE, 1):g}"


def amount(number: int, noun: str) -> str:
    """A number with its noun: 1 problem, 3 problems."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def clean(text: str) -> str:
    """The text of a server without characters that control a terminal or break a page."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join("".join(c for c in line if c.isprintable()) for line in lines if line)


def joined(items: Iterable[str]) -> str:
    """The items as part of a sentence: a, b and c. There must be one or more."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last
