"""Why Kubernetes refuses an object or does not start a pod, as one enum.

This is the only module that reads the texts of the API server, the scheduler and the kubelet. All
other code compares a `Reason`.
"""

import re
from collections.abc import Mapping
from enum import Enum


class Reason(Enum):
    """The kind of a trouble; the value is its name in JSON."""

    CRASH_LOOP = "crashLoop"
    CONTAINER_EXITED = "containerExited"  # with an exit code other than 0
    CONTAINER_ERROR = "containerError"  # the runtime can't create or start it
    CONFIG_ERROR = "configError"  # a Secret, a ConfigMap or a key of one is missing
    DAG_IMPORT = "dagImport"  # Airflow can't read a DAG file, or finds no DAG
    DATABASE_UNREACHABLE = "databaseUnreachable"
    IMAGE_PULL = "imagePull"
    INSUFFICIENT_RESOURCES = "insufficientResources"  # no node has enough CPU, memory or GPUs
    JOB_FAILED = "jobFailed"
    POD_SECURITY = "podSecurity"  # refused by the namespace's Pod Security level
    PROBE_FAILED = "probeFailed"
    QUOTA_EXCEEDED = "quotaExceeded"
    REFUSED = "refused"  # by the API server, for another reason
    UNSCHEDULABLE = "unschedulable"  # for another reason than resources or volumes
    VOLUME = "volume"  # it is not provisioned, bound or mounted
    VOLUME_IN_USE = "volumeInUse"  # another node has the ReadWriteOnce volume
    OTHER = "other"


# The first pattern that occurs in a text decides.
_PATTERNS: tuple[tuple[re.Pattern[str], Reason], ...] = (
    (re.compile(r"exceeded quota"), Reason.QUOTA_EXCEEDED),
    (re.compile(r"violates? PodSecurity"), Reason.POD_SECURITY),
    (re.compile(r"Multi-Attach"), Reason.VOLUME_IN_USE),
    (re.compile(r"(?i:persistentvolumeclaim)|persistent volumes"), Reason.VOLUME),
    (re.compile(r"Insufficient "), Reason.INSUFFICIENT_RESOURCES),
    (re.compile(r"translate host name|connection to"), Reason.DATABASE_UNREACHABLE),
    (re.compile(r"^(Startup|Readiness|Liveness) probe "), Reason.PROBE_FAILED),
    (
        re.compile(
            r'(?i:secret|configmap) "[^"]*" not found|couldn\'t find key |non-existent \w+ key'
        ),
        Reason.CONFIG_ERROR,
    ),
)

WAITING: Mapping[str, Reason] = {
    "CrashLoopBackOff": Reason.CRASH_LOOP,
    "CreateContainerConfigError": Reason.CONFIG_ERROR,
    "CreateContainerError": Reason.CONTAINER_ERROR,
    "ErrImageNeverPull": Reason.IMAGE_PULL,
    "ErrImagePull": Reason.IMAGE_PULL,
    "ImagePullBackOff": Reason.IMAGE_PULL,
    "InvalidImageName": Reason.IMAGE_PULL,
    "RunContainerError": Reason.CONTAINER_ERROR,
}
"""By the reason that the kubelet gives for a waiting container. Containers that wait for another
reason, such as ContainerCreating, have no trouble."""

EVENTS: Mapping[str, Reason] = {
    "FailedAttachVolume": Reason.VOLUME,
    "FailedCreate": Reason.REFUSED,
    "FailedMount": Reason.VOLUME,
    "ProvisioningFailed": Reason.VOLUME,
    "Unhealthy": Reason.PROBE_FAILED,
}
"""By the reason of an event. Events with other reasons report no trouble that still exists:
FailedScheduling, for one, stays after the scheduler has found a node."""


def reason_of(message: str, otherwise: Reason) -> Reason:
    """The reason that a message of Kubernetes names; `otherwise` if the message names none."""
    return next((reason for pattern, reason in _PATTERNS if pattern.search(message)), otherwise)
