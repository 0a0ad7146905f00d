"""Every Kubernetes object that a stack makes, wherever it comes from, in one model.

What looks at a stack, like the tree that people see, works on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from airflow_k8s.kube.pods import Pods, pods_of
from airflow_k8s.rendering.evaluate import Evaluation, RegisteredResource
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.yaml_io import document

PROGRAM, CHART, TASK = "program", "chart", "task"
TASK_POD = "task pod"  # the part of the pod in the executor's template
_KUBERNETES = "kubernetes:"
_RELEASE = "kubernetes:helm.sh/v3:Release"
_SECONDS = 300  # helm's own time-out
_POD_TEMPLATE = "pod_template_file.yaml"


@dataclass(frozen=True)
class Object:
    """One object: its manifest, and where in the platform it belongs."""

    component: str  # the component's name in the program, such as secrets
    part: str  # within the chart: the component of Airflow, such as scheduler
    origin: str  # program; chart; task: the pod that the executor makes of a template in the chart
    manifest: Mapping[str, Any]  # a Secret's text hides itself
    patch: bool = False  # changes an object that is there already
    protect: bool = False  # Pulumi refuses to delete it
    retain: bool = False  # Pulumi forgets it and does not delete it
    urn: str = ""  # by which Pulumi knows it; empty for what is inside a chart
    aliased: bool = False  # Pulumi knew it by another URN before

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.manifest["kind"])

    @property
    def name(self) -> str:
        """Its name, or what Pulumi's auto-naming makes it from: migration-job-*."""
        metadata = self.manifest["metadata"]
        return str(metadata.get("name") or f"{metadata['generateName']}*")

    @property
    def qualified_name(self) -> str:
        """Kind and name in one, as exceptions name it; the pod in the executor's template has a
        placeholder for a name."""
        return TASK_POD if self.part == TASK_POD else f"{self.kind}/{self.name}"

    @property
    def namespace(self) -> str:
        """Its namespace; empty for what belongs to the whole cluster."""
        return str(self.manifest["metadata"].get("namespace", ""))

    @cached_property
    def pods(self) -> Pods | None:
        """The pods that it stands for."""
        return pods_of(self.manifest)


@dataclass(frozen=True, kw_only=True)
class Release:
    """A Helm release as the program declares it."""

    component: str
    name: str
    namespace: str
    chart: Chart
    values: Mapping[str, Any]

    @property
    def inputs(self) -> tuple[str, str, Mapping[str, Any]]:
        """All that its rendering depends on, but for the chart."""
        return self.name, self.namespace, self.values


def releases(evaluation: Evaluation) -> list[Release]:
    """The Helm releases of a stack."""
    by_urn = {r.urn: r for r in evaluation.resources}
    return [
        Release(
            component=component_of(r, by_urn),
            name=r.inputs["name"],
            namespace=r.inputs["namespace"],
            chart=chart_of(r.inputs),
            values=r.inputs["values"],
        )
        for r in evaluation.resources
        if r.type == _RELEASE
    ]


def chart_of(inputs: Mapping[str, Any]) -> Chart:
    """The chart of a release, in the words of the settings."""
    return Chart(
        reference=inputs["chart"],
        version=inputs.get("version", ""),
        repository=(inputs.get("repositoryOpts") or {}).get("repo", ""),
        timeout_minutes=inputs.get("timeout", _SECONDS) // 60,
    )


def declared(evaluation: Evaluation) -> list[Object]:
    """The objects that the program declares itself, in the order of their components' names."""
    by_urn = {r.urn: r for r in evaluation.resources}
    return [
        Object(
            component=component_of(r, by_urn),
            part="",
            origin=PROGRAM,
            manifest=_manifest(r),
            patch=r.type.endswith("Patch"),
            protect=r.protect,
            retain=r.retain_on_delete,
            urn=r.urn,
            aliased=r.aliased,
        )
        for r in sorted(evaluation.resources, key=lambda r: (":Namespace" not in r.type, r.name))
        if r.type.startswith(_KUBERNETES) and r.type != _RELEASE and not r.read
    ]


def in_chart(release: Release, rendered: Iterable[Mapping[str, Any]]) -> list[Object]:
    """The objects of a release, and the task pod inside its ConfigMap after them."""
    objects: list[Object] = []
    for manifest in rendered:
        metadata = {"namespace": release.namespace} | manifest["metadata"]
        part = metadata.get("labels", {}).get("component", "")
        whole = {**manifest, "metadata": metadata}
        objects.append(Object(release.component, part, CHART, whole))
        template = manifest.get("data", {}).get(_POD_TEMPLATE) if _is_config(manifest) else None
        if template:
            pod = document(template)
            pod["metadata"]["namespace"] = release.namespace
            objects.append(Object(release.component, TASK_POD, TASK, pod))
    return objects


def _is_config(manifest: Mapping[str, Any]) -> bool:
    return manifest["kind"] == "ConfigMap"


def _manifest(resource: RegisteredResource) -> Mapping[str, Any]:
    metadata = resource.inputs["metadata"]
    if "name" not in metadata:
        metadata = {"generateName": f"{resource.name}-", **metadata}
    return {**resource.inputs, "metadata": metadata}


def component_of(resource: RegisteredResource, by_urn: Mapping[str, RegisteredResource]) -> str:
    """The name of the outermost component that it is part of; its own where it stands alone."""
    parent = by_urn.get(resource.parent)
    return resource.name if parent is None else component_of(parent, by_urn)
