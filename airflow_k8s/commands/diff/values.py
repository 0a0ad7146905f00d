"""Values of fields, and changes of them, as lines of text. No text of a secret is in them. Pure."""

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from airflow_k8s.kube.fields import ABSENT, FieldChange
from airflow_k8s.rendering.files import redacted_value

_DIGEST = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")
_MAX_LINE = 160  # characters; a longer value is shown on several lines


def as_line(value: Any) -> str:
    """A value in one line. The hexadecimal text of a SHA-256 digest is cut to 8 characters."""
    plain = redacted_value(value)
    if plain is ABSENT:
        return "(none)"
    if isinstance(plain, str):
        text = _DIGEST.sub(r"\1…", " ⏎ ".join(plain.splitlines()))
        return printable(text) if plain else '""'
    return printable(json.dumps(plain, default=str, ensure_ascii=False))


def printable(line: str) -> str:
    """A line without control characters, which could steer a terminal."""
    return "".join(character for character in line if character.isprintable())


def change_lines(field: FieldChange) -> Iterator[tuple[str, str]]:
    """The change of a field as lines: a sign, and a text.

    The sign is + for an added line, - for a removed one, ~ for both values on one line, and a space
    for context. Of a text with several lines only those that differ are shown.
    """
    before, after = redacted_value(field.before), redacted_value(field.after)
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        yield " ", f"{field.path}:"
        compared = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
        for line in list(compared)[2:]:
            yield (line[0] if line[0] in "+-" else " "), f"  {printable(line[1:])}"
        return
    if before is ABSENT or after is ABSENT:
        sign, value = ("+", after) if before is ABSENT else ("-", before)
        yield from _value_lines(sign, field.path, value)
        return
    one_line = f"{field.path}: {as_line(before)} → {as_line(after)}"
    if len(one_line) <= _MAX_LINE:
        yield "~", one_line
    else:
        yield from _value_lines("-", field.path, before)
        yield from _value_lines("+", field.path, after)


def _value_lines(sign: str, path: str, value: Any) -> Iterator[tuple[str, str]]:
    line = f"{path}: {as_line(value)}"
    if len(line) <= _MAX_LINE or not isinstance(value, (dict, list, str)):
        yield sign, line
        return
    yield sign, f"{path}:"
    text = value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False, width=100)
    for line in text.splitlines():
        yield sign, f"  {printable(line)}"
