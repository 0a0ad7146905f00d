"""Counts the failed checks of checkov, and those that no exception accepts. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from airflow_k8s.commands.audit.exceptions import Accepted, reason
from airflow_k8s.commands.audit.scan import Audited, Failure


@dataclass(frozen=True, kw_only=True)
class CheckCounts:
    """The numbers of checks of a target. A check counts once for every object, as in checkov."""

    failed: int
    unexplained: int
    passed: int

    @property
    def explained(self) -> int:
        """The number of failed checks that exceptions accept in every place."""
        return self.failed - self.unexplained


@dataclass(frozen=True, kw_only=True)
class Unexplained:
    """A failed check, and the places (containers or the object) where no exception accepts it."""

    failure: Failure
    places: Sequence[str]


def failures(audited: Iterable[Audited]) -> Iterator[Failure]:
    """Yields every failed check of every object."""
    return (failure for found in audited for failure in found.failures)


def unexplained(audited: Iterable[Audited], accepted: Sequence[Accepted]) -> list[Unexplained]:
    """The failed checks that no exception accepts in at least one place."""
    found = [
        Unexplained(
            failure=failure,
            places=[place for place in failure.places if not reason(accepted, failure, place)],
        )
        for failure in failures(audited)
    ]
    return [failed for failed in found if failed.places]


def count(audited: Sequence[Audited], accepted: Sequence[Accepted]) -> CheckCounts:
    """Counts the checks of all objects together."""
    return CheckCounts(
        failed=len(list(failures(audited))),
        unexplained=len(unexplained(audited, accepted)),
        passed=sum(found.passed for found in audited),
    )
