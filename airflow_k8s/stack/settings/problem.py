"""A mistake in the settings of a stack."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SettingProblem:
    """One mistake: the setting that has to change, and a message that names it and the fix."""

    key: str  # dotted, such as scheduler.replicas or gpu.nodes[0]
    message: str


def as_list(headline: str, problems: Iterable[SettingProblem]) -> str:
    """The headline, and below it one line for each problem."""
    return "\n  - ".join([headline, *(problem.message for problem in problems)])
