"""The error that a step raises when the platform does not behave as expected."""

from collections.abc import Iterable

from airflow_k8s.errors import UserError


class CheckError(UserError):
    """The platform does not behave as a step expects."""


def fail_if_any(problems: Iterable[str], subject: str) -> None:
    """Raises CheckError with the subject and all problems, if there are any."""
    found = list(problems)
    if found:
        raise CheckError("\n  - ".join([f"{subject}:", *found]))
