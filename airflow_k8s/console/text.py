"""Texts for the output of all commands: amounts, sizes, and texts of servers made safe to show."""

from collections.abc import Iterable

_GIBIBYTE = 1024**3


def seconds(number: float) -> str:
    """A duration in seconds as a text: 3.2s, 140s.

    No space separates number and unit, so a line is never wrapped between them.
    """
    return f"{number:.0f}s" if number >= 100 else f"{number:.1f}s"


def cores(number: float) -> str:
    """A number of cores as a text, such as 4.62."""
    return f"{round(number, 2):g}"


def gibibytes(number: float) -> str:
    """A number of bytes as a text in GiB without the unit, such as 9.3."""
    return f"{round(number / _GIBIBYTE, 1):g}"


def amount(number: int, noun: str) -> str:
    """A number with its noun: 1 problem, 3 problems."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def clean(text: str) -> str:
    """A text from a server, without characters that control a terminal or break an HTML page."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join("".join(c for c in line if c.isprintable()) for line in lines if line)


def joined(items: Iterable[str]) -> str:
    """The items as part of a sentence: a, b and c. `items` must not be empty."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last
