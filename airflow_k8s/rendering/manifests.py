"""The Kubernetes objects of a stack in one model, from the program and from the chart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from airflow_k8s.kube.pods import Pods, pods_of
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.yaml_io import document

PROGRAM, CHART, TASK = "program", "chart", "task"
TASK_POD = "task pod"  # the part of the pod in the executor's template
POD_TEMPLATE = "pod_template_file.yaml"  # the key of the executor's template in its ConfigMap
_KUBERNETES = "kubernetes:"
_RELEASE = "kubernetes:helm.sh/v3:Release"
_TIMEOUT = 300  # helm's default, in seconds


@dataclass(frozen=True)
class Object:
    """One Kubernetes object of a stack: its manifest, and where it comes from."""

    component: str  # the name of the program's component, such as secrets
    part: str  # the component of Airflow, such as scheduler; empty outside the chart
    origin: str  # PROGRAM, CHART, or TASK: a pod that the executor or a task starts
    manifest: Mapping[str, Any]  # secret texts are of type `Secret`
    patch: bool = False  # it changes an object that exists already
    protect: bool = False  # Pulumi refuses to delete it
    retain: bool = False  # Pulumi forgets it instead of deleting it
    urn: str = ""  # Pulumi's URN; empty for an object of the chart
    aliased: bool = False  # it had another URN earlier

    @property
    def kind(self) -> str:
        """The kind."""
        return str(self.manifest["kind"])

    @property
    def name(self) -> str:
        """The name, or the prefix of a generated name with an asterisk, such as migration-job-*."""
        metadata = self.manifest["metadata"]
        return str(metadata.get("name") or f"{metadata['generateName']}*")

    @property
    def qualified_name(self) -> str:
        """Kind and name, as in Deployment/airflow-scheduler; `task pod` for the pod template.

        The template contains only a placeholder for the pod's name.
        """
        return TASK_POD if self.part == TASK_POD else f"{self.kind}/{self.name}"

    @property
    def namespace(self) -> str:
        """The namespace; empty for a cluster-scoped object."""
        return str(self.manifest["metadata"].get("namespace", ""))

    @cached_property
    def pods(self) -> Pods | None:
        """The pods that the object makes; None if it makes no pods."""
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
        """What the rendered objects depend on, besides the chart."""
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
    """The chart that a release's inputs name, as the type that the settings use."""
    return Chart(
        reference=inputs["chart"],
        version=inputs.get("version", ""),
        repository=(inputs.get("repositoryOpts") or {}).get("repo", ""),
        timeout_minutes=inputs.get("timeout", _TIMEOUT) // 60,
    )


def declared(evaluation: Evaluation) -> list[Object]:
    """The objects that the program declares, the Namespace first, sorted by logical name."""
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
    """The objects of a rendered release, and the task pod after the ConfigMap with its template."""
    objects: list[Object] = []
    for manifest in rendered:
        metadata = {"namespace": release.namespace} | manifest["metadata"]
        part = metadata.get("labels", {}).get("component", "")
        complete = {**manifest, "metadata": metadata}
        objects.append(Object(release.component, part, CHART, complete))
        template = manifest.get("data", {}).get(POD_TEMPLATE) if _is_config(manifest) else None
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
    """The name of the outermost component that contains the resource, or else its own name."""
    parent = by_urn.get(resource.parent)
    return resource.name if parent is None else component_of(parent, by_urn)
