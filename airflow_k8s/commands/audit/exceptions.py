"""The reviewed file of failed checks that are accepted."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.commands.audit.scan import Failure
from airflow_k8s.errors import UserError
from airflow_k8s.yaml_io import document

FILE = Path(__file__).with_name("exceptions.yaml")
_CHECK = re.compile(r"CKV2?_K8S_\d+")
_WORDS = 5  # fewer are no reason


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A check that objects may fail, and why."""

    check: str
    objects: tuple[str, ...]
    """Patterns, such as Deployment/airflow-*, task pod, or */*/git-sync for a container of any."""
    reason: str
    reviewed: date

    def covers(self, failure: Failure, place: str) -> bool:
        """Whether it is about this failure of that place, one of the failure's."""
        return self.check == failure.check and any(
            _names(pattern, failure.object, place) for pattern in self.objects
        )


def reason(accepted: Iterable[Accepted], failure: Failure, place: str) -> str:
    """Why the failure is accepted in that place; empty where it is not."""
    return next((each.reason for each in accepted if each.covers(failure, place)), "")


def stale(accepted: Iterable[Accepted], failures: Iterable[Failure]) -> list[str]:
    """The exceptions that no failure needs any more, pattern by pattern."""
    known = list(failures)
    return [
        f"{each.check} of {pattern}"
        for each in accepted
        for pattern in each.objects
        if not any(
            failure.check == each.check and _names(pattern, failure.object, place)
            for failure in known
            for place in failure.places
        )
    ]


def read(file: Path = FILE) -> list[Accepted]:
    """The exceptions in a file; UserError with every mistake in it."""
    try:
        entries = document(file.read_text(encoding="utf-8")) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{file.name} can't be read: {error}") from error
    if not isinstance(entries, list):
        raise UserError(f"{file.name} is no list of exceptions")
    mistakes = [
        f"entry {number}: {words}"
        for number, entry in enumerate(entries, 1)
        for words in _mistakes(entry)
    ]
    if mistakes:
        raise UserError("\n  - ".join([f"{file.name} is wrong:", *mistakes]))
    return [Accepted(**entry | {"objects": tuple(entry["objects"])}) for entry in entries]


def _names(pattern: str, name: str, place: str) -> bool:
    # What Pulumi names by itself ends in *, which stands for itself here.
    return pattern in (name, place) or fnmatchcase(place, pattern) or fnmatchcase(name, pattern)


def _mistakes(entry: Any) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield f"{entry!r} is no exception; want a mapping of {', '.join(_WANTED)}"
        return
    for key in entry:
        if key not in _WANTED:
            yield f"{key} is unknown; there are {', '.join(_WANTED)}"
    for key, (want, ok) in _WANTED.items():
        if key not in entry:
            yield f"{key} is missing; want {want}"
        elif not ok(entry[key]):
            yield f"{key} is {entry[key]!r}; want {want}"


def _is_check(value: Any) -> bool:
    return isinstance(value, str) and bool(_CHECK.fullmatch(value))


def _are_patterns(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(e, str) and e for e in value)


def _is_reason(value: Any) -> bool:
    return isinstance(value, str) and len(value.split()) >= _WORDS


def _is_day(value: Any) -> bool:
    return type(value) is date  # a datetime is one too


_WANTED = {
    "check": ("checkov's number, such as CKV_K8S_11", _is_check),
    "objects": ("a list of patterns, such as Deployment/airflow-*", _are_patterns),
    "reason": ("a sentence", _is_reason),
    "reviewed": ("a day, such as 2026-11-25", _is_day),
}
