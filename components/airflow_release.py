"""Airflow itself: the official chart, installed by Helm."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.airflow import Chart


@dataclass(frozen=True, kw_only=True)
class AirflowReleaseArgs:
    """Which chart, and what it gets."""

    namespace: pulumi.Input[str]
    chart: Chart
    values: dict[str, Any]  # no secret in them: Helm and Pulumi both keep them in clear


class AirflowRelease(pulumi.ComponentResource):
    """One Helm release that waits until Airflow is ready.

    Not atomic: a first update that failed stays, and the next one mends it in place.
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
