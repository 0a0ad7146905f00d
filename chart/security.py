"""Security contexts that Pod Security `restricted` admits.

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


def container(*, user: int | None = None) -> Any:
    """For a container; `user` where it differs from its pod's."""
    context: dict[str, Any] = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
    }
    return context if user is None else context | {"runAsUser": user}
