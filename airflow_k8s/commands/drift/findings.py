"""What was found out about a cluster, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

What = Literal["missing", "going", "changed", "left over"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field that is otherwise; ABSENT of diff.fields stands where there is none."""

    path: str
    promised: Any
    live: Any
    by: str  # the field manager that last wrote it, and when; empty where the server does not say


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An object that is not as promised."""

    what: What
    kind: str
    name: str
    origin: str  # as render.objects has it; empty for what is left over
    part: str  # of Airflow, or the component of the program
    fields: Sequence[Field] = field(default_factory=list[Field])
    words: str = ""  # the server's, where it would not take the promised one in its place

    @property
    def called(self) -> str:
        """Kind and name in one."""
        return f"{self.kind}/{self.name}" if self.kind else self.name


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """What could not be looked at as it should, and why."""

    what: str
    because: str


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A stack beside its cluster."""

    stack: str
    context: str
    namespace: str
    chart: str  # its version
    objects: int  # that are promised
    fields: int  # that were compared, server's defaults included
    findings: Sequence[Finding]
    texts: int  # of Secrets, of which just the keys were compared
    others: Sequence[str]  # what somebody else has in the namespace: no difference
    unseen: Sequence[Unseen]

    @property
    def status(self) -> int:
        """0 none, 2 differences, 1 none were found but not all could be looked at."""
        if self.findings:
            return 2
        return 1 if self.unseen else 0

    @property
    def differ(self) -> int:
        """How many of the promised objects are missing, going or otherwise."""
        return sum(each.what != "left over" for each in self.findings)
