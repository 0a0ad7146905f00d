"""Security contexts that Pod Security `restricted` admits.

A read-only root file system is more than it requires. The contexts are in the spelling of
Kubernetes, which both the chart and Pulumi accept.
https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from typing import Any

AIRFLOW_USER = 50000  # of the official image; its files belong to group 0
GIT_SYNC_USER = 65533
STATSD_USER = 65534
POSTGRES_USER = 999


def pod(*, user: int, group: int) -> Any:
    """Security context of a pod whose containers all run as one user; its volumes belong to the
    group."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        # Without it every start of a pod changes the group of every file in the volume.
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container(*, user: int | None = None, read_only: bool = True) -> Any:
    """Security context of a container; `user` only if it is not the user of the pod. `read_only` is
    false for the code of DAGs, which can write anywhere in its image."""
    context: dict[str, Any] = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": read_only,
        "runAsNonRoot": True,
    }
    return context if user is None else context | {"runAsUser": user}


SCRATCH: Any = {"name": "tmp", "emptyDir": {}}
SCRATCH_MOUNT: Any = {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108 a path in the container
"""A volume for the files of a container whose root file system is read-only."""
