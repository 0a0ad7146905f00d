"""Airflow itself: the official chart, installed with Helm."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.airflow import Chart


@dataclass(frozen=True, kw_only=True)
class AirflowReleaseArgs:
    """The chart, and its values."""

    namespace: pulumi.Input[str]
    chart: Chart
    values: dict[str, Any]  # without secrets: Helm and Pulumi store values in clear text


class AirflowRelease(pulumi.ComponentResource):
    """A Helm release; an update waits until Airflow is ready.

    The release is not atomic: after a failed installation it stays, and the next update repairs it.
    """

    release: pulumi.Output[str]

    def __init__(
        self, name: str, args: AirflowReleaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:AirflowRelease", name, None, opts)

        repository = args.chart.repository
        release = k8s.helm.v3.Release(
            f"{name}-release",
            name=names.RELEASE,
            namespace=args.namespace,
            chart=args.chart.reference,
            version=args.chart.version,
            repository_opts={"repo": repository} if repository else None,
            values=args.values,
            atomic=False,
            skip_await=False,
            timeout=args.chart.timeout_minutes * 60,
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.release = release.status["name"]
        self.register_outputs({"release": self.release})
