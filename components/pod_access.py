"""Who may do what to pods: a role for each part of Airflow that talks to the Kubernetes API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings import names
from components.metadata import labels


def _rule(resource: str, *verbs: str) -> Any:
    return {"apiGroups": [""], "resources": [resource], "verbs": list(verbs)}


# What each calls, read from the cncf-kubernetes provider 10.25 and proven by `make e2e`.
_RULES: Mapping[str, Sequence[Any]] = {
    # The log of a task that is still running.
    "api-server": (_rule("pods", "get", "list"), _rule("pods/log", "get")),
    # Starts worker pods, follows, adopts and deletes them.
    "scheduler": (_rule("pods", "create", "get", "list", "watch", "patch", "delete"),),
    # Waits for the pods of deferred tasks, tells what happens to them, and ends them on a kill.
    "triggerer": (
        _rule("pods", "get", "list", "watch", "delete"),
        _rule("pods/log", "get"),
        _rule("events", "list", "watch"),
    ),
    # KubernetesPodOperator: its pod from start to end, and what its XCom sidecar holds.
    "worker-kubernetes": (
        _rule("pods", "create", "get", "list", "watch", "patch", "delete"),
        _rule("pods/log", "get"),
        _rule("pods/exec", "create", "get"),
        _rule("events", "list", "watch"),
    ),
    "cleanup": (_rule("pods", "list", "delete"),),
}


@dataclass(frozen=True, kw_only=True)
class PodAccessArgs:
    """Where."""

    namespace: pulumi.Input[str]


class PodAccess(pulumi.ComponentResource):
    """One role for each, bound to the service account that the chart makes for it.

    The chart's own role gives all of them the most that any of them needs: the scheduler could run
    commands in every pod, the triggerer start new ones.
    """

    roles: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: PodAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:PodAccess", name, None, opts)

        roles: list[pulumi.Output[str]] = []
        for part, rules in _RULES.items():
            called = f"{names.RELEASE}-{part}"
            inside = k8s.meta.v1.ObjectMetaArgs(
                name=called, namespace=args.namespace, labels=labels("airflow", part)
            )
            role = k8s.rbac.v1.Role(
                f"{name}-{part}-role",
                metadata=inside,
                rules=list(rules),
                opts=pulumi.ResourceOptions(parent=self),
            )
            k8s.rbac.v1.RoleBinding(
                f"{name}-{part}-binding",
                metadata=inside,
                role_ref={
                    "api_group": "rbac.authorization.k8s.io",
                    "kind": "Role",
                    "name": role.metadata["name"],
                },
                subjects=[{"kind": "ServiceAccount", "name": called, "namespace": args.namespace}],
                opts=pulumi.ResourceOptions(parent=self),
            )
            roles.append(role.metadata["name"])

        self.roles = pulumi.Output.all(*roles)
        self.register_outputs({"roles": self.roles})
