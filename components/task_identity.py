"""The service account of task pods."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings import names
from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class TaskIdentityArgs:
    """The namespace, and the annotations for a cloud identity; empty without one."""

    namespace: pulumi.Input[str]
    annotations: Mapping[str, str]


class TaskIdentity(pulumi.ComponentResource):
    """A service account without a token: tasks do not use the Kubernetes API."""

    account: pulumi.Output[str]

    def __init__(
        self, name: str, args: TaskIdentityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:TaskIdentity", name, None, opts)

        account = k8s.core.v1.ServiceAccount(
            f"{name}-account",
            metadata={
                "name": names.TASK_ACCOUNT,
                "namespace": args.namespace,
                "labels": labels("airflow", "task"),
                "annotations": args.annotations,
            },
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.account = account.metadata["name"]
        self.register_outputs({"account": self.account})
