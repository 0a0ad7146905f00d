"""What a comparison of a stack with its cluster found, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from airflow_k8s.console.exit_code import ExitCode


class State(StrEnum):
    """How a live object differs from the desired one."""

    MISSING = "missing"
    TERMINATING = "terminating"  # it is deleted, and a finalizer still holds it
    CHANGED = "changed"
    ORPHANED = "orphaned"  # it has the labels of the stack, which does not declare it


@dataclass(frozen=True, kw_only=True)
class FieldDrift:
    """A field that differs. A side without the field is kube.fields.ABSENT."""

    path: str
    desired: Any
    live: Any
    manager: str  # the field manager that last wrote it, and when; empty if the server has none


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An object that differs from the desired one."""

    state: State
    kind: str  # empty for the task pod
    name: str
    origin: str  # as rendering.manifests.Object has it; empty for an orphaned object
    part: str  # the part of Airflow, or the component of the program
    fields: Sequence[FieldDrift] = field(default_factory=list[FieldDrift])
    rejection: str = ""  # the API server's message, if it rejects the desired object

    @property
    def qualified_name(self) -> str:
        """Kind and name in one."""
        return f"{self.kind}/{self.name}" if self.kind else self.name


@dataclass(frozen=True, kw_only=True)
class Unchecked:
    """What could not be compared completely, and why."""

    subject: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A stack, compared with its cluster."""

    stack: str
    context: str
    namespace: str
    chart: str  # its version
    objects: int  # the number of desired objects
    fields: int  # the number of compared fields, with the defaults of the server
    findings: Sequence[Finding]
    secret_texts: int  # the number of texts in Secrets, which are not compared
    unmanaged: Sequence[str]  # objects in the namespace that are not part of the stack: no drift
    unchecked: Sequence[Unchecked]

    @property
    def exit_code(self) -> ExitCode:
        """DRIFT if anything differs; else FAILED if something could not be compared; else OK."""
        if self.findings:
            return ExitCode.DRIFT
        return ExitCode.FAILED if self.unchecked else ExitCode.OK

    @property
    def orphaned(self) -> int:
        """How many objects are orphaned."""
        return sum(finding.state is State.ORPHANED for finding in self.findings)

    @property
    def differing(self) -> int:
        """How many desired objects are missing, terminating or changed."""
        return len(self.findings) - self.orphaned
