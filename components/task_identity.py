"""Whom the tasks' pods run as."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings import names
from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class TaskIdentityArgs:
    """Where, and the cloud identity if there is one."""

    namespace: pulumi.Input[str]
    annotations: Mapping[str, str]


class TaskIdentity(pulumi.ComponentResource):
    """A service account without a token: tasks have no business with the cluster's API."""

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
