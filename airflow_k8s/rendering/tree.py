"""The tree of a rendered stack for the terminal: all objects by component, and a summary."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

from rich.text import Text
from rich.tree import Tree

from airflow_k8s.kube import quantity
from airflow_k8s.kube.pods import Container, Pods
from airflow_k8s.rendering.manifests import TASK, Object
from airflow_k8s.rendering.object_facts import object_facts
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.rendering.resources import Evaluation


def tree(rendered: RenderedStack) -> Tree:
    """All objects by component, in the order in which an update creates the components."""
    root = Tree(
        Text.assemble(
            (rendered.stack, "bold"),
            f"  context {rendered.settings.cluster.context},"
            f" namespace {rendered.settings.namespace}, chart airflow {rendered.chart.version}",
        )
    )
    order = creation_order(rendered.evaluation)
    components = {*order, *(item.component for item in rendered.objects)}
    for component in sorted(components, key=order.index):
        branch = root.add(Text(component, "bold cyan"))
        for line in _required(rendered.evaluation, component):
            branch.add(line)
        _add_component(branch, [o for o in rendered.objects if o.component == component])
    return root


def summary(rendered: RenderedStack) -> Iterator[Text]:
    """The number of objects, and how many resources the stack requests."""
    cpu, memory = (steady_requests(rendered.objects, name) for name in ("cpu", "memory"))
    yield Text(
        f"{len(rendered.objects)} objects; without running tasks, the pods request"
        f" {quantity.cpu(cpu)} CPU and {quantity.memory(memory)} memory"
    )
    tasks = rendered.settings.tasks
    quota = next(o for o in rendered.objects if o.kind == "ResourceQuota").manifest["spec"]["hard"]
    yield Text(
        f"up to {tasks.parallelism} tasks run at the same time; the quota of the namespace allows"
        f" requests of {quota['requests.cpu']} CPU and {quota['requests.memory']} memory"
    )


def steady_requests(objects: Sequence[Object], resource: str) -> Fraction:
    """The sum of the requests of all pods that always run, in cores or bytes."""
    total = Fraction(0)
    for item in objects:
        if item.pods and item.origin != TASK and item.kind not in ("Job", "CronJob"):
            total += item.pods.replicas * item.pods.request(resource)
    return total


def creation_order(evaluation: Evaluation) -> list[str]:
    """The names of the outermost components. A component comes after those that it depends on."""
    by_urn = {resource.urn: resource for resource in evaluation.resources}

    def outermost(urn: str) -> str:
        parent = by_urn[urn].parent
        return outermost(parent) if parent in by_urn else urn

    depends_on: dict[str, set[str]] = {}
    for resource in evaluation.resources:
        own = outermost(resource.urn)
        others = {outermost(urn) for urn in resource.dependencies} - {own}
        depends_on.setdefault(own, set()).update(others)

    def depth(urn: str) -> int:
        return 1 + max((depth(other) for other in depends_on[urn]), default=0)

    components = [urn for urn in depends_on if not by_urn[urn].custom]
    return [by_urn[urn].name for urn in sorted(components, key=lambda urn: (depth(urn), urn))]


def _required(evaluation: Evaluation, component: str) -> Iterator[Text]:
    """The objects that must exist before an update."""
    for resource in evaluation.resources:
        if resource.read and resource.name.startswith(f"{component}-"):
            yield Text(f"requires {resource.type.split(':')[-1]} {resource.read}")


def _add_component(branch: Tree, objects: Sequence[Object]) -> None:
    if not any(item.part for item in objects):
        for item in objects:
            _add(branch, item)
        return
    by_part = sorted(objects, key=lambda item: (item.part, item.kind, item.name))
    for part, group in groupby(by_part, key=lambda item: item.part):
        inner = branch.add(Text(part or "shared", "cyan"))
        for item in group:
            _add(inner, item)


def _add(branch: Tree, item: Object) -> None:
    line = Text.assemble(("patches " if item.patch else ""), f"{item.kind} ", (item.name, "bold"))
    facts = object_facts(item)
    if facts:
        line.append(f"  {facts}", "dim")
    if item.protect:
        line.append("  protected", "green")
    node = branch.add(line)
    if item.pods:
        for text in _pod_lines(item.pods, task=item.origin == TASK):
            node.add(Text(text))


def _pod_lines(pods: Pods, *, task: bool) -> Iterator[str]:
    for container in pods.containers:
        yield f"{'init ' if container.is_init else ''}{container.name}  {_resources(container)}"
    secrets: dict[str, list[str]] = {}
    for reference in pods.references:
        if reference.kind == "Secret":
            secrets.setdefault(reference.name, []).append(reference.key)
    if secrets:
        yield "reads Secrets " + ", ".join(
            f"{name} ({', '.join(filter(None, dict.fromkeys(keys)))})" if any(keys) else name
            for name, keys in secrets.items()
        )
    holders = list(_token_holders(pods.template))
    if holders:
        noun = "container" if len(holders) == 1 else "containers"
        yield f"service account token mounted only in {noun} {', '.join(holders)}"
    claims = [
        reference.name for reference in pods.references if reference.kind == "PersistentVolumeClaim"
    ]
    if claims:
        yield "mounts claims " + ", ".join(claims)
    if pods.node_selector or pods.tolerations or task:
        yield "scheduled on " + _nodes(pods)


def _token_holders(template: Mapping[str, Any]) -> Iterator[str]:
    """The names of the containers that mount a projected volume with a service account token."""
    spec = template.get("spec") or {}
    tokens = {
        volume["name"]
        for volume in spec.get("volumes") or []
        for source in (volume.get("projected") or {}).get("sources") or []
        if "serviceAccountToken" in source
    }
    for container in spec.get("containers") or []:
        if tokens & {mount["name"] for mount in container.get("volumeMounts") or []}:
            yield container["name"]


def _resources(container: Container) -> str:
    """The requests and limits, written as CPU / memory, and the image."""
    requests = " / ".join(str(container.requests.get(name, "-")) for name in ("cpu", "memory"))
    limits = " / ".join(str(amount) for _, amount in sorted(container.limits.items()))
    return f"requests {requests}, limits {limits or 'none'}  {container.image}"


def _nodes(pods: Pods) -> str:
    selected = ", ".join(f"{key}={value}" for key, value in pods.node_selector.items())
    tolerated = ", ".join(f"{t.get('key', '*')}={t.get('value', '*')}" for t in pods.tolerations)
    nodes = f"nodes with label {selected}" if selected else "any node"
    return f"{nodes}, tolerates taint {tolerated}" if tolerated else f"{nodes} without a taint"
