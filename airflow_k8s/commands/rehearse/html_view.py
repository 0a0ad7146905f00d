"""Prepares the data that the HTML template shows. Pure: numbers and texts only, no markup."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from airflow_k8s.commands.rehearse import node_chart, summary
from airflow_k8s.commands.rehearse.node_chart import NodeChart
from airflow_k8s.commands.rehearse.report import (
    Change,
    Effect,
    Node,
    ObjectState,
    Pod,
    Quota,
    Report,
    Step,
)
from airflow_k8s.console.text import amount, cores, gibibytes


@dataclass(frozen=True, kw_only=True)
class ChangeGroup:
    """Changes with the same effect and the same message."""

    message: str
    severe: bool
    changes: Sequence[Change]


@dataclass(frozen=True, kw_only=True)
class EffectView:
    """All changes with the same effect, grouped by message."""

    effect: Effect
    count: int
    severe: bool
    groups: Sequence[ChangeGroup]


@dataclass(frozen=True, kw_only=True)
class NodeView:
    """A node with the chart of its pods."""

    node: Node
    size: str
    tasks: Sequence[str]  # names of the tasks that were tried on it
    chart: NodeChart


@dataclass(frozen=True, kw_only=True)
class PoolView:
    """A node pool with its description and its nodes."""

    name: str
    description: str
    nodes: Sequence[NodeView]


@dataclass(frozen=True, kw_only=True)
class PodView:
    """A pod that is on no listed node."""

    pod: Pod
    colour: str  # CSS class
    tooltip: str


@dataclass(frozen=True, kw_only=True)
class PodList:
    """A titled list of pods that are on no listed node."""

    title: str
    severe: bool
    pods: Sequence[PodView]


@dataclass(frozen=True, kw_only=True)
class ComponentView:
    """A component with the position of its steps on the time axis."""

    name: str
    failed: bool
    counts: str
    seconds: float
    start: float  # 0 to 1 of the time of all steps
    width: float  # 0 to 1 of the time of all steps
    steps: Sequence[Step]  # those that failed or were replaced


@dataclass(frozen=True, kw_only=True)
class QuotaView:
    """A quota, with used / hard as fractions (1.0: all is used); None if it can't be parsed."""

    quota: Quota
    used: float | None
    with_tasks: float | None
    nearly_exhausted: bool


@dataclass(frozen=True, kw_only=True)
class ObjectGroup:
    """Objects of one component, or of one part of it."""

    name: str
    objects: Sequence[ObjectState]  # empty if the group has parts
    parts: Sequence["ObjectGroup"]
    count: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class View:
    """All data of the page."""

    report: Report
    verdict: str
    facts: Sequence[tuple[str, str]]  # name and value
    total_seconds: float
    effects: Sequence[EffectView]
    pools: Sequence[PoolView]
    pod_lists: Sequence[PodList]
    components: Sequence[ComponentView]
    quotas: Sequence[QuotaView]
    policy_notes: Sequence[str]  # empty if the policies were not checked
    objects: Sequence[ObjectGroup]
    warnings: Sequence[tuple[str, Sequence[str]]]  # message, and the objects it is about


def view(report: Report) -> View:
    """The data of the page for a report."""
    colours = node_chart.colours(report.pods)
    return View(
        report=report,
        verdict=summary.verdict(report),
        facts=[(name, value) for name, value in _facts(report) if value],
        total_seconds=summary.total_seconds(report),
        effects=_effects(report),
        pools=_pools(report, colours),
        pod_lists=_pod_lists(report, colours),
        components=_components(report),
        quotas=[_quota(quota) for quota in report.quotas],
        policy_notes=_policy_notes(report),
        objects=[
            _object_group(name, own)
            for name, own in _grouped(report.objects, lambda state: state.component)
        ],
        warnings=summary.warnings(report),
    )


def _facts(report: Report) -> list[tuple[str, str]]:
    memory = f"{report.memory / 1024**2:.0f} MiB" if report.memory else ""
    return [
        ("cluster", report.cluster),
        ("chart", f"airflow {report.chart}"),
        ("upgraded from", report.revision),
        ("objects", str(len(report.objects)) if report.objects else ""),
        ("memory of the control plane", memory),
        ("kubeconfig of the kept cluster", report.kubeconfig),
    ]


def _effects(report: Report) -> list[EffectView]:
    return [
        EffectView(
            effect=effect,
            count=len(changes),
            severe=any(map(summary.is_severe, changes)),
            groups=[
                ChangeGroup(message=message, severe=summary.is_severe(own[0]), changes=own)
                for message, own in summary.by_message(changes)
            ],
        )
        for effect, changes in summary.changes(report)
    ]


def _pools(report: Report, colours: Mapping[str, str]) -> list[PoolView]:
    return [
        PoolView(
            name=pool.name,
            description=_pool_description(pool),
            nodes=[_node(node, report, colours) for node in pool.nodes],
        )
        for pool in summary.pools(report)
    ]


def _pool_description(pool: summary.Pool) -> str:
    cpu, all_cpu = sum(p.cpu for p in pool.pods), sum(n.cpu for n in pool.nodes)
    memory, all_memory = sum(p.memory for p in pool.pods), sum(n.memory for n in pool.nodes)
    return (
        f"{amount(len(pool.nodes), 'node')}, {amount(len(pool.pods), 'pod')}; requested:"
        f" {cores(cpu)} of {cores(all_cpu)} CPU,"
        f" {gibibytes(memory)} of {gibibytes(all_memory)} GiB"
    )


def _node(node: Node, report: Report, colours: Mapping[str, str]) -> NodeView:
    own = [pod for pod in report.pods if pod.node == node.name]
    used = sum(pod.gpus for pod in own)
    gpus = f", {used} of {amount(node.gpus, 'GPU')} used" if node.gpus else ""
    return NodeView(
        node=node,
        size=f"{cores(node.cpu)} CPU, {gibibytes(node.memory)} GiB{gpus}",
        tasks=[task.name for task in report.tasks if task.node == node.name],
        chart=node_chart.chart(node, own, colours),
    )


def _pod_lists(report: Report, colours: Mapping[str, str]) -> list[PodList]:
    lists = (
        ("On nodes that are not listed", False, summary.on_unlisted_nodes(report)),
        ("Pending: not scheduled", True, summary.pending(report)),
    )
    return [
        PodList(
            title=title,
            severe=severe,
            pods=[
                PodView(pod=pod, colour=colours[pod.component], tooltip=node_chart.tooltip(pod))
                for pod in pods
            ],
        )
        for title, severe, pods in lists
        if pods
    ]


def _components(report: Report) -> list[ComponentView]:
    if not report.steps:
        return []
    start = min(step.started for step in report.steps)
    duration = max(step.started + step.seconds for step in report.steps) - start or 1.0
    return [
        ComponentView(
            name=component.name,
            failed=component.failed,
            counts=summary.counts(component.steps),
            seconds=component.seconds,
            start=(component.started - start) / duration,
            width=component.seconds / duration,
            steps=[step for step in component.steps if _is_notable(step)],
        )
        for component in summary.components(report.steps)
    ]


def _is_notable(step: Step) -> bool:
    return step.action in ("refused", "not ready") or (
        step.action in ("replaced", "skipped") and bool(step.message)
    )


def _quota(quota: Quota) -> QuotaView:
    return QuotaView(
        quota=quota,
        used=summary.usage(quota.used, quota.hard),
        with_tasks=summary.usage(quota.with_tasks, quota.hard),
        nearly_exhausted=summary.nearly_exhausted(quota),
    )


def _policy_notes(report: Report) -> list[str]:
    if report.policies is None:
        return []
    return [
        summary.rules_kept(report.policies),
        *summary.advisory_notes(report.policies),
        f"Pod Security restricted: {amount(len(report.pod_security), 'violation')}",
    ]


def _object_group(name: str, objects: Sequence[ObjectState]) -> ObjectGroup:
    has_parts = any(state.part for state in objects)
    parts = sorted(_grouped(objects, lambda state: state.part)) if has_parts else []
    return ObjectGroup(
        name=name,
        objects=[] if has_parts else objects,
        parts=[
            ObjectGroup(
                name=part or "shared",
                objects=own,
                parts=[],
                count=len(own),
                failed=sum(state.failed for state in own),
            )
            for part, own in parts
        ],
        count=len(objects),
        failed=sum(state.failed for state in objects),
    )


def _grouped(
    objects: Sequence[ObjectState], key: Callable[[ObjectState], str]
) -> list[tuple[str, list[ObjectState]]]:
    names = dict.fromkeys(map(key, objects))
    return [(name, [state for state in objects if key(state) == name]) for name in names]
