"""Reads exceptions.yaml: the failed checks that a review has accepted, with the reasons."""

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
_MIN_WORDS = 5  # of a reason


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """An exception: a check that some objects may fail, and the reason."""

    check: str
    objects: tuple[str, ...]
    """Patterns of objects or containers, such as Deployment/airflow-*, task pod or */*/git-sync."""
    reason: str
    reviewed: date

    def covers(self, failure: Failure, place: str) -> bool:
        """Whether this exception accepts the failure in the place."""
        return self.check == failure.check and any(
            _names(pattern, failure.object, place) for pattern in self.objects
        )


def reason(accepted: Iterable[Accepted], failure: Failure, place: str) -> str:
    """The reason why an exception accepts the failure in this place; empty if none accepts it."""
    return next((entry.reason for entry in accepted if entry.covers(failure, place)), "")


def stale(accepted: Iterable[Accepted], failures: Iterable[Failure]) -> list[str]:
    """The exceptions that match no failure, as texts such as: CKV_K8S_11 of Deployment/airflow-*"""
    known = list(failures)
    return [
        f"{entry.check} of {pattern}"
        for entry in accepted
        for pattern in entry.objects
        if not any(
            failure.check == entry.check and _names(pattern, failure.object, place)
            for failure in known
            for place in failure.places
        )
    ]


def read(file: Path = FILE) -> list[Accepted]:
    """Reads the exceptions in a file. Raises UserError that lists all mistakes in the file."""
    try:
        entries = document(file.read_text(encoding="utf-8")) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{file.name} can't be read: {error}") from error
    if not isinstance(entries, list):
        raise UserError(f"{file.name} is not a list of exceptions")
    mistakes = [
        f"entry {number}: {mistake}"
        for number, entry in enumerate(entries, 1)
        for mistake in _mistakes(entry)
    ]
    if mistakes:
        raise UserError("\n  - ".join([f"{file.name} has mistakes:", *mistakes]))
    return [Accepted(**entry | {"objects": tuple(entry["objects"])}) for entry in entries]


def _names(pattern: str, name: str, place: str) -> bool:
    # A name that Pulumi generates ends in *, so a pattern can also be equal to the name.
    return pattern in (name, place) or fnmatchcase(place, pattern) or fnmatchcase(name, pattern)


def _mistakes(entry: Any) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield f"{entry!r} is not an exception; expected a mapping of {', '.join(_FIELDS)}"
        return
    for key in entry:
        if key not in _FIELDS:
            yield f"{key} is unknown; the fields are {', '.join(_FIELDS)}"
    for key, (expected, is_valid) in _FIELDS.items():
        if key not in entry:
            yield f"{key} is missing; expected {expected}"
        elif not is_valid(entry[key]):
            yield f"{key} is {entry[key]!r}; expected {expected}"


def _is_check(value: Any) -> bool:
    return isinstance(value, str) and bool(_CHECK.fullmatch(value))


def _are_patterns(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(pattern, str) and pattern for pattern in value)
    )


def _is_reason(value: Any) -> bool:
    return isinstance(value, str) and len(value.split()) >= _MIN_WORDS


def _is_day(value: Any) -> bool:
    return type(value) is date  # not isinstance, because a datetime is a date too


_FIELDS = {
    "check": ("checkov's number, such as CKV_K8S_11", _is_check),
    "objects": ("a list of patterns, such as Deployment/airflow-*", _are_patterns),
    "reason": ("a sentence", _is_reason),
    "reviewed": ("a day, such as 2026-11-25", _is_day),
}
