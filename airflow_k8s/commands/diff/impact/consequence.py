"""One effect of a change on a running stack."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much attention an effect needs."""

    CRITICAL = "critical"  # data would be lost, or the update would fail
    NOTICE = "notice"


class Kind(StrEnum):
    """What happens. Views show the kinds in this order: the most severe comes first."""

    DATA_LOSS = "dataLoss"
    REFUSED = "refused"
    REPLACED = "replaced"
    LEFT_BEHIND = "leftBehind"
    SECRET = "secret"  # noqa: S105 a kind of consequence, not a password
    RESTART = "restart"
    JOB_RUN = "jobRun"
    SCALED = "scaled"
    TASK_POD = "taskPod"
    IMAGE = "image"
    CHART = "chart"
    PERMISSION = "permission"
    NETWORK = "network"
    SAFEGUARD = "safeguard"

    @property
    def heading(self) -> str:
        """The heading of this kind in a view."""
        return _HEADINGS[self]

    @property
    def severity(self) -> Severity:
        """CRITICAL for lost data and for an update that would fail."""
        is_critical = self in (Kind.DATA_LOSS, Kind.REFUSED)
        return Severity.CRITICAL if is_critical else Severity.NOTICE


_HEADINGS = {
    Kind.DATA_LOSS: "DATA WOULD BE LOST",
    Kind.REFUSED: "Would be refused",
    Kind.REPLACED: "Replaced: deleted and created again",
    Kind.LEFT_BEHIND: "Left on the cluster",
    Kind.SECRET: "Secrets that change",
    Kind.RESTART: "Pods that restart",
    Kind.JOB_RUN: "Jobs that run",
    Kind.SCALED: "Pods added or removed",
    Kind.TASK_POD: "Task pods, from the next task on",
    Kind.IMAGE: "Images",
    Kind.CHART: "Chart",
    Kind.PERMISSION: "Permissions in the Kubernetes API",
    Kind.NETWORK: "Network access",
    Kind.SAFEGUARD: "Safeguards",
}


class Reason(StrEnum):
    """Why a consequence happens, if its kind alone does not say it."""

    REMOVED = "removed"  # the stack no longer declares the object
    PROTECTED = "protected"  # Pulumi refuses to delete a protected resource
    RETAINED = "retained"  # Pulumi or Helm keeps the object on purpose
    OTHER_OWNER = "otherOwner"  # the chart and the program hand the object over
    OTHER_RESOURCE = "otherResource"  # same object, but another resource to Pulumi
    FORCES_REPLACEMENT = "forcesReplacement"  # Pulumi's provider replaces the object
    IMMUTABLE = "immutable"  # the API server refuses to change the field
    SHRINKS = "shrinks"  # a volume can't become smaller
    EXPANDS = "expands"  # a volume grows only if its storage class allows it
    DATABASE_VERSION = "databaseVersion"  # another major version of PostgreSQL
    TAINT = "taint"  # Pulumi does not remove a taint from a node
    OTHER_CLUSTER = "otherCluster"
    FERNET_KEY = "fernetKey"
    CHANGED_TEXT = "changedText"  # keys of a Secret get new texts
    REMOVED_KEY = "removedKey"  # keys of a Secret are removed
    NOT_ISOLATED = "notIsolated"  # no NetworkPolicy selects the pods any more
    ISOLATED = "isolated"  # a NetworkPolicy selects the pods for the first time
    PROTECTION = "protection"  # Pulumi's protection was switched on or off
    POD_SECURITY = "podSecurity"


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What happens to one subject, and why."""

    kind: Kind
    subject: str  # an object, a service account, or pods
    message: str
    reason: Reason | None = None
