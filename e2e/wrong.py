"""What the platform should have done and did not."""

from collections.abc import Iterable

from tools.problem import Problem


class Wrong(Problem):
    """Found out by a step."""


def none_of(complaints: Iterable[str], about: str) -> None:
    """Wrong with all complaints, where there are any."""
    found = list(complaints)
    if found:
        raise Wrong("\n  - ".join([f"{about}:", *found]))
