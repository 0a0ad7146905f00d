"""Installs the Helm releases of a program as Pulumi's provider does."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from airflow_k8s.commands.rehearse import release
from airflow_k8s.commands.rehearse.annotations import INPUTS, LABEL
from airflow_k8s.commands.rehearse.charts import ChartFinder
from airflow_k8s.commands.rehearse.outcome import Outcome
from airflow_k8s.commands.rehearse.resource_manifest import revealed
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.rendering.manifests import chart_of
from airflow_k8s.rendering.resources import RegisteredResource
from airflow_k8s.toolchain.command import CommandError


@dataclass(frozen=True, kw_only=True)
class ReleaseInstaller:
    """Installs or upgrades releases on a cluster."""

    cluster: Cluster
    charts: ChartFinder
    program: Path  # paths of charts are relative to it
    stack: str
    warn: Callable[[str, str], None]  # gets the object and the message of a warning

    def install(self, resource: RegisteredResource, gives_up: Callable[[], bool]) -> Outcome:
        """Installs or upgrades the release. Does nothing if its inputs have not changed.

        `gives_up` is called while helm waits; it returns whether to stop helm. Returns the outcome
        `refused` if helm fails, and `not ready` if helm was stopped.
        """
        # Null values stay: they remove a default of the chart.
        inputs = {**revealed(resource.inputs), "values": resource.inputs["values"]}
        chart = self.charts.find(chart_of(inputs), self.program)
        values = chart.convert_values(inputs["values"])
        name, namespace = inputs["name"], inputs["namespace"]
        digest = release.digest({**inputs, "values": values}, chart.path)
        label = f"{LABEL}={self.stack},{INPUTS}={digest}"
        command = release.command(self.charts.helm, chart.path, inputs, label=label)
        earlier = self.cluster.list("v1", "Secret", namespace, labels=f"owner=helm,name={name}")
        state = {"status": {"name": name, "status": "deployed"}}
        if release.is_current(earlier, digest):
            return Outcome(action="unchanged", state=state)
        try:
            finished = release.upgrade(
                command,
                values,
                self.cluster.kubeconfig,
                gives_up=gives_up,
                warn=lambda message: self.warn(f"Release {name}", message),
            )
        except CommandError as error:
            return Outcome(action="refused", message=str(error))
        if not finished:
            return Outcome(action="not ready", message="Helm would wait until its timeout")
        return Outcome(action="updated" if earlier else "created", state=state)
