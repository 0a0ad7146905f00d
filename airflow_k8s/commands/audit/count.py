"""What is audited, counted: how much of it fails, and how much of that is accepted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from airflow_k8s.commands.audit.exceptions import Accepted, reason
from airflow_k8s.commands.audit.scan import Audited, Failure


@dataclass(frozen=True, kw_only=True)
class PositiveInt:
    """Checks of one subject; a check counts once for each object, as checkov counts."""

    failed: int
    unexplained: int
    passed: int

    @property
    def explained(self) -> int:
        """Those failed that an exception accepts."""
        return self.failed - self.unexplained


@dataclass(frozen=True, kw_only=True)
class Unexplained:
    """A failure, and in which of its places it is not accepted."""

    failure: Failure
    places: Sequence[str]


def failures(audited: Iterable[Audited]) -> Iterator[Failure]:
    """All that fails."""
    return (failure for each in audited for failure in each.failures)


def unexplained(audited: Iterable[Audited], accepted: Sequence[Accepted]) -> list[Unexplained]:
    """What fails and is not accepted, at least in one of its places."""
    found = [
        Unexplained(
            failure=failure,
            places=[each for each in failure.places if not reason(accepted, failure, each)],
        )
        for failure in failures(audited)
    ]
    return [each for each in found if each.places]


def count(audited: Sequence[Audited], accepted: Sequence[Accepted]) -> PositiveInt:
    """The objects taken together."""
    return PositiveInt(
        failed=len(list(failures(audited))),
        unexplained=len(unexplained(audited, accepted)),
        passed=sum(each.passed for each in audited),
    )
