"""Access to pods: a role for every component of Airflow that uses the Kubernetes API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings import names
from components.metadata import labels


def _rule(resource: str, *verbs: str) -> Any:
    return {"apiGroups": [""], "resources": [resource], "verbs": list(verbs)}


# The calls of every component, from the source of the cncf-kubernetes provider 10.25; the test on a
# real cluster (dev/e2e) confirms them.
_RULES: Mapping[str, Sequence[Any]] = {
    # Reads the log of a running task.
    "api-server": (_rule("pods", "get", "list"), _rule("pods/log", "get")),
    # Creates, watches, adopts and deletes worker pods.
    "scheduler": (_rule("pods", "create", "get", "list", "watch", "patch", "delete"),),
    # Waits for the pods of deferred tasks, logs their events, and deletes them if a task is killed.
    "triggerer": (
        _rule("pods", "get", "list", "watch", "delete"),
        _rule("pods/log", "get"),
        _rule("events", "list", "watch"),
    ),
    # KubernetesPodOperator: manages its pod, and reads the result from its XCom sidecar.
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
    """The namespace of the roles."""

    namespace: pulumi.Input[str]


class PodAccess(pulumi.ComponentResource):
    """A role for every component, bound to the service account that the chart creates for it.

    The chart has one role with the permissions of all components: with it the scheduler could run
    commands in every pod, and the triggerer could create pods.
    """

    roles: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: PodAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:PodAccess", name, None, opts)

        roles: list[pulumi.Output[str]] = []
        for component, rules in _RULES.items():
            account = f"{names.RELEASE}-{component}"
            metadata = k8s.meta.v1.ObjectMetaArgs(
                name=account, namespace=args.namespace, labels=labels("airflow", component)
            )
            role = k8s.rbac.v1.Role(
                f"{name}-{component}-role",
                metadata=metadata,
                rules=list(rules),
                opts=pulumi.ResourceOptions(parent=self),
            )
            k8s.rbac.v1.RoleBinding(
                f"{name}-{component}-binding",
                metadata=metadata,
                role_ref={
                    "api_group": "rbac.authorization.k8s.io",
                    "kind": "Role",
                    "name": role.metadata["name"],
                },
                subjects=[{"kind": "ServiceAccount", "name": account, "namespace": args.namespace}],
                opts=pulumi.ResourceOptions(parent=self),
            )
            roles.append(role.metadata["name"])

        self.roles = pulumi.Output.all(*roles)
        self.register_outputs({"roles": self.roles})
