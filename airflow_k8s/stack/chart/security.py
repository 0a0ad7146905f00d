"""Security contexts that Pod Security `restricted` admits; a read-only root goes beyond that.

In Kubernetes' own spelling: the chart takes it, and Pulumi passes it on as it is.
https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from typing import Any

AIRFLOW_USER = 50000  # of the official image; its files belong to group 0
GIT_SYNC_USER = 65533
STATSD_USER = 65534
POSTGRES_USER = 999


def pod(*, user: int, group: int) -> Any:
    """For a pod whose containers all run as one user; volumes become the group's."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        # Without it every start walks the whole volume to change its group.
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container(*, user: int | None = None, read_only: bool = True) -> Any:
    """For a container; `user` where it differs from its pod's. What writes to its image's own files
    is not `read_only`: code of DAGs may write anywhere."""
    context: dict[str, Any] = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": read_only,
        "runAsNonRoot": True,
    }
    return context if user is None else context | {"runAsUser": user}


SCRATCH: Any = {"name": "tmp", "emptyDir": {}}
SCRATCH_MOUNT: Any = {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108 the container's own
"""Where a container whose root is read-only may write."""
