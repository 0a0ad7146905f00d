"""What the platform should have done and did not."""

from collections.abc import Iterable

from airflow_k8s.errors import UserError


class CheckError(UserError):
    """Found out by a step."""


def none_of(complaints: Iterable[str], about: str) -> None:
    """Wrong with all complaints, where there are any."""
    found = list(complaints)
    if found:
        raise CheckError("\n  - ".join([f"{about}:", *found]))
