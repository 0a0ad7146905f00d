"""What a rehearsal found out. How it is shown is up to `terminal`, `page` and `as_json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from airflow_k8s.kube.diagnosis import Trouble

Action = Literal[
    "created",
    "updated",
    "unchanged",
    "replaced",  # deleted, and made anew
    "deleted",
    "read",  # must have been there
    "checked",  # the server would take it; nothing was changed, since it is outside the namespace
    "refused",
    "not ready",
    "skipped",  # something that it depends on failed
]
FAILED: frozenset[Action] = frozenset({"refused", "not ready", "skipped"})


@dataclass(frozen=True, kw_only=True)
class Step:
    """What became of one resource that the program registered."""

    component: str
    kind: str
    name: str
    action: Action
    seconds: float
    words: str = ""  # the server's own, or what a replacement costs
    loses_data: bool = False  # it was replaced, and the data in it is lost
    started: float = 0.0  # seconds after the progress was opened, since steps overlap

    @property
    def failed(self) -> bool:
        """Whether an update would end here."""
        return self.action in FAILED


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node as it is at the end."""

    name: str
    pool: str
    cpu: float  # cores, allocatable
    memory: float  # bytes, allocatable
    gpus: int
    taints: Sequence[str]  # key=value:effect


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod as it is at the end; those that are done are left out."""

    name: str
    component: str  # of the platform, such as scheduler or database
    node: str  # empty while it has none
    ready: bool
    cpu: float  # cores requested
    memory: float  # bytes requested
    gpus: int
    words: str = ""  # why it is not ready


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task's pod that was tried on the platform, and whether it went as it should."""

    name: str
    outcome: Literal["runs", "pending", "refused"]
    expected: Literal["runs", "pending"]  # a pod without the toleration should stay pending
    node: str = ""
    pool: str = ""
    words: str = ""

    @property
    def failed(self) -> bool:
        """Whether it went otherwise."""
        return self.outcome != self.expected


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an upgrade did to something that was there before."""

    effect: Literal["added", "updated", "replaced", "restarted", "refused", "removed", "left over"]
    kind: str
    name: str
    words: str = ""
    loses_data: bool = False  # it was replaced, and the data in it is lost


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One limit of the namespace and what of it is used, in Kubernetes' quantities."""

    resource: str
    used: str  # while no task runs
    with_tasks: str  # while the tried task pods are there
    hard: str


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A part of the rehearsal, and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ObjectState:
    """An object that the cluster holds at the end, by component."""

    component: str
    part: str  # within the chart, such as scheduler
    kind: str
    name: str
    state: str  # such as 2/2 ready; empty where there is nothing to say
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class PolicyViolation:
    """A mandatory policy that does not hold."""

    rule: str
    subject: str  # kind and name
    words: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class PolicyResult:
    """What the policies say of the stack, the pods of its DAGs included."""

    rules: int  # that it is held to
    broken: Sequence[PolicyViolation] = ()
    remarks: int = 0  # what is advisory
    excused: int = 0  # by an exception of the stack


@dataclass(frozen=True, kw_only=True)
class Report:
    """A rehearsal, whole."""

    stack: str
    cluster: str  # in words: the embedded control plane and its nodes, or a context
    chart: str  # its version
    stand_in_reason: str = ""  # why it is not the chart that the stack names
    revision: str = ""  # the git revision that the upgrade started from
    caveats: Sequence[str] = ()  # what was played, or left out
    phases: Sequence[Phase] = ()
    steps: Sequence[Step] = ()
    troubles: Sequence[Trouble] = ()
    nodes: Sequence[Node] = ()
    pods: Sequence[Pod] = ()
    tasks: Sequence[Task] = ()
    quotas: Sequence[Quota] = ()
    policies: PolicyResult | None = None  # None: they were not asked, and a caveat says why
    pod_security: Mapping[str, str] = field(default_factory=dict)  # what admission says, by object
    changes: Sequence[Change] = ()
    warnings: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by object
    objects: Sequence[ObjectState] = ()
    memory: int = 0  # bytes that the control plane took at most; 0 where it is not ours
    kubeconfig: str = ""  # of a cluster that was kept

    @property
    def failed(self) -> bool:
        """Whether this stack should not go to a cluster as it is."""
        return bool(
            self.troubles
            or any(s.failed or s.loses_data for s in self.steps)
            or any(t.failed for t in self.tasks)
            or any(c.effect == "refused" for c in self.changes)
            or (self.policies and self.policies.broken)
            or self.pod_security
        )
