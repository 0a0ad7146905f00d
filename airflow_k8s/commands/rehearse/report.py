"""The result of a rehearsal as data. `terminal`, `html_report` and `as_json` show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from airflow_k8s.kube.diagnosis import Trouble

Action = Literal[
    "created",
    "updated",
    "unchanged",
    "replaced",  # deleted, then created again
    "deleted",
    "read",  # the program only reads the object
    "checked",  # outside the namespace: validated by a server-side dry run, not changed
    "refused",  # by the API server, by Helm or because the object is protected
    "not ready",
    "skipped",  # because a resource that it depends on failed
]
FAILED: frozenset[Action] = frozenset({"refused", "not ready", "skipped"})


class Effect(StrEnum):
    """What an upgrade did to an object. The most severe effect comes first."""

    REFUSED = "refused"
    REPLACED = "replaced"
    REMOVED = "removed"
    ORPHANED = "orphaned"  # no program, release or controller manages it any more
    RESTARTED = "restarted"
    UPDATED = "updated"
    ADDED = "added"


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happened to one resource that the program registered."""

    component: str
    kind: str
    name: str
    action: Action
    seconds: float
    message: str = ""  # of the API server or Helm, or the reason and the cost of a replacement
    loses_data: bool = False  # the replacement deletes data
    started: float = 0.0  # seconds after the rehearsal started; steps overlap

    @property
    def failed(self) -> bool:
        """Whether `pulumi up` would fail at this resource."""
        return self.action in FAILED


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node at the end of the rehearsal."""

    name: str
    pool: str
    cpu: float  # cores, allocatable
    memory: float  # bytes, allocatable
    gpus: int
    taints: Sequence[str]  # key=value:effect


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod at the end of the rehearsal. Pods that have terminated are left out."""

    name: str
    component: str  # of the platform, such as scheduler or database
    node: str  # empty if the pod is not scheduled
    ready: bool
    cpu: float  # cores requested
    memory: float  # bytes requested
    gpus: int
    message: str = ""  # why the pod is not ready


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task pod that was created for a trial, with the expected and the real outcome."""

    name: str
    outcome: Literal["runs", "pending", "refused"]
    expected: Literal["runs", "pending"]  # a pod without the toleration is expected to stay pending
    node: str = ""
    pool: str = ""
    message: str = ""

    @property
    def failed(self) -> bool:
        """Whether the outcome is not the expected one."""
        return self.outcome != self.expected


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an upgrade did to one object, or to the pods of one component (kind `component`)."""

    effect: Effect
    kind: str
    name: str
    message: str = ""  # the changed fields, the number of restarted pods, or the server's message
    loses_data: bool = False


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One limit of the namespace's ResourceQuota, in Kubernetes' quantities."""

    resource: str
    used: str  # while no task runs
    with_tasks: str  # the maximum while task pods run
    hard: str


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A phase of the rehearsal and its duration."""

    name: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ObjectState:
    """An object that the cluster holds at the end of the rehearsal."""

    component: str
    part: str  # component of the chart, such as scheduler; empty outside a release
    kind: str
    name: str
    state: str  # such as 2/2 ready; empty if the kind has no state
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class PolicyViolation:
    """A violation of a mandatory policy."""

    rule: str
    subject: str  # kind/name
    message: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class PolicyResult:
    """The result of the policy check of the stack, its chart and the pods of its DAGs."""

    rules: int  # number of rules that were checked
    violations: Sequence[PolicyViolation] = ()
    advisory: int = 0  # number of violations of advisory rules
    excused: int = 0  # number of violations that an exception of the stack allows


@dataclass(frozen=True, kw_only=True)
class Report:
    """The result of a rehearsal."""

    stack: str
    cluster: str  # description: the embedded control plane with its nodes, or a context
    chart: str  # version
    stand_in_reason: str = ""  # why the stack's own chart was not used; empty if it was
    revision: str = ""  # the git revision that the upgrade started from
    caveats: Sequence[str] = ()  # what was simulated or left out
    phases: Sequence[Phase] = ()
    steps: Sequence[Step] = ()
    troubles: Sequence[Trouble] = ()
    nodes: Sequence[Node] = ()
    pods: Sequence[Pod] = ()
    tasks: Sequence[Task] = ()
    quotas: Sequence[Quota] = ()
    policies: PolicyResult | None = None  # None if they were not checked; a caveat gives the reason
    pod_security: Mapping[str, str] = field(default_factory=dict)  # violation by `kind name`
    changes: Sequence[Change] = ()
    warnings: Mapping[str, Sequence[str]] = field(default_factory=dict)  # messages by `kind name`
    objects: Sequence[ObjectState] = ()
    memory: int = 0  # bytes, of the control plane; 0 if it is not embedded
    kubeconfig: str = ""  # of a cluster that was kept

    @property
    def failed(self) -> bool:
        """Whether the stack should not be deployed in this state."""
        return bool(
            self.troubles
            or any(step.failed or step.loses_data for step in self.steps)
            or any(task.failed for task in self.tasks)
            or any(change.effect == Effect.REFUSED for change in self.changes)
            or (self.policies and self.policies.violations)
            or self.pod_security
        )
