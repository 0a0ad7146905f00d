"""Counts, groups and short texts that all views of a report share."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

from airflow_k8s.commands.rehearse.report import (
    Action,
    Change,
    Effect,
    Node,
    Pod,
    PolicyResult,
    Quota,
    Report,
    Step,
    Task,
)
from airflow_k8s.console.text import amount
from airflow_k8s.kube import quantity

_NEARLY_EXHAUSTED = 0.9  # used / hard

_OUTCOMES: Mapping[str, str] = {"runs": "runs", "pending": "stays pending", "refused": "is refused"}
_EXPECTATIONS: Mapping[str, str] = {"runs": "should run", "pending": "should stay pending"}


@dataclass(frozen=True, kw_only=True)
class Component:
    """The steps of one component of the program."""

    name: str
    steps: Sequence[Step]

    @property
    def started(self) -> float:
        """When its first step started, in seconds after the rehearsal started."""
        return min(step.started for step in self.steps)

    @property
    def seconds(self) -> float:
        """From the start of its first step to the end of its last step. Steps overlap."""
        return max(step.started + step.seconds for step in self.steps) - self.started

    @property
    def failed(self) -> bool:
        """Whether `pulumi up` would fail in this component."""
        return any(step.failed for step in self.steps)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The nodes of one pool and the pods on them."""

    name: str
    nodes: Sequence[Node]
    pods: Sequence[Pod]


def components(steps: Iterable[Step]) -> list[Component]:
    """The components with their steps, in the order of their first step."""
    by_name: dict[str, list[Step]] = {}
    for step in steps:
        by_name.setdefault(step.component, []).append(step)
    return [Component(name=name, steps=own) for name, own in by_name.items()]


def counts(steps: Iterable[Step]) -> str:
    """The number of steps by action: 3 created, 1 refused."""
    found = Counter(step.action for step in steps)
    return ", ".join(f"{found[action]} {action}" for action in get_args(Action) if found[action])


def pools(report: Report) -> list[Pool]:
    """The node pools in the order of the report's nodes."""
    names = dict.fromkeys(node.pool for node in report.nodes)
    found: list[Pool] = []
    for name in names:
        nodes = [node for node in report.nodes if node.pool == name]
        own = {node.name for node in nodes}
        found.append(
            Pool(name=name, nodes=nodes, pods=[pod for pod in report.pods if pod.node in own])
        )
    return found


def pending(report: Report) -> list[Pod]:
    """The pods that are not scheduled."""
    return [pod for pod in report.pods if not pod.node]


def on_unlisted_nodes(report: Report) -> list[Pod]:
    """The pods on nodes that the report does not list."""
    listed = {node.name for node in report.nodes}
    return [pod for pod in report.pods if pod.node and pod.node not in listed]


def changes(report: Report) -> list[tuple[Effect, list[Change]]]:
    """The changes of an upgrade by effect, the most severe effect first."""
    grouped = [(effect, [c for c in report.changes if c.effect == effect]) for effect in Effect]
    return [(effect, own) for effect, own in grouped if own]


def by_message(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    """The changes grouped by their message."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.message, []).append(change)
    return list(groups.items())


def is_severe(result: Change | Step) -> bool:
    """Whether the object was refused, or replaced with loss of its data."""
    effect = result.effect if isinstance(result, Change) else result.action
    return effect == "refused" or (effect == "replaced" and result.loses_data)


def warnings(report: Report) -> list[tuple[str, list[str]]]:
    """The warnings of the API server, without duplicates, with the objects that they are about."""
    objects: dict[str, list[str]] = {}
    for name, messages in report.warnings.items():
        for message in dict.fromkeys(messages):
            objects.setdefault(message, []).append(name)
    return list(objects.items())


def rules_kept(policies: PolicyResult) -> str:
    """The result of the mandatory rules: all 32 rules pass, or 1 of 32 rules is violated."""
    violated = len({violation.rule for violation in policies.violations})
    if not violated:
        return f"all {amount(policies.rules, 'rule')} pass"
    verb = "is" if violated == 1 else "are"
    return f"{violated} of {amount(policies.rules, 'rule')} {verb} violated"


def advisory_notes(policies: PolicyResult) -> list[str]:
    """The policy findings that do not fail the rehearsal: advisory findings and exceptions."""
    numbers = {"advisory finding": policies.advisory, "exception": policies.excused}
    notes = [amount(number, noun) for noun, number in numbers.items() if number]
    return [*notes, "`airflow-platform policy` lists those outside DAGs"] if notes else []


def shown_messages(report: Report) -> set[str]:
    """The messages of troubles and changes. Other sections of the report do not repeat them."""
    texts = (
        *(trouble.message for trouble in report.troubles),
        *(change.message for change in report.changes),
    )
    return {text for text in texts if text}


def problems(report: Report) -> int:
    """The number of problems. Problems of the same object count as one.

    A skipped step counts only if nothing else failed: its cause is another failure.
    """
    return sum(problems_by_noun(report).values()) or sum(step.failed for step in report.steps)


def problems_by_noun(report: Report) -> Mapping[str, int]:
    """The number of problems by what they concern: objects, tasks and rules."""
    objects = {
        *(f"{trouble.kind} {trouble.name}" for trouble in report.troubles),
        *(f"{step.kind} {step.name}" for step in report.steps if step.loses_data),
        *(
            f"{step.kind} {step.name}"
            for step in report.steps
            if step.failed and step.action != "skipped"
        ),
        *(f"{c.kind} {c.name}" for c in report.changes if c.effect == Effect.REFUSED),
        *report.pod_security,
    }
    violations = report.policies.violations if report.policies else ()
    return {
        "object": len(objects),
        "task": len({task.name for task in report.tasks if task.failed}),
        "rule": len({violation.rule for violation in violations}),
    }


def verdict(report: Report) -> str:
    """The result of the rehearsal in one sentence."""
    lost = {(step.kind, step.name) for step in report.steps if step.loses_data}
    number = problems(report)
    if lost and number == len(lost):
        return f"the stack comes up, but {amount(number, 'replacement')} would lose data"
    if report.failed:
        parts = [amount(n, noun) for noun, n in problems_by_noun(report).items() if n]
        found = (
            f"{amount(number, 'problem')} ({', '.join(parts)})"
            if parts
            else amount(number, "problem")
        )
        return f"{found}: do not deploy this stack in its current state"
    return "the stack comes up"


def outcome(task: Task) -> str:
    """Where the pod of a task runs, or that it does not run, compared with what is expected."""
    node = f" on {task.node}" if task.node else ""
    pool = f" ({task.pool})" if task.pool else ""
    if task.failed:
        return f"{_OUTCOMES[task.outcome]}{node}{pool}, but {_EXPECTATIONS[task.expected]}"
    expected = ", as expected" if task.outcome == "pending" else ""
    return f"{_OUTCOMES[task.outcome]}{node}{pool}{expected}"


def usage(used: str, hard: str) -> float | None:
    """Used / hard as a fraction (1.0: all is used); None if a quantity can't be parsed."""
    try:
        limit = quantity.parse(hard)
        return float(quantity.parse(used) / limit) if limit else None
    except ValueError:
        return None


def nearly_exhausted(quota: Quota) -> bool:
    """Whether 90 % of the quota or more is used while tasks run."""
    used = usage(quota.with_tasks, quota.hard)
    return used is not None and used >= _NEARLY_EXHAUSTED


def total_seconds(report: Report) -> float:
    """The duration of the rehearsal in seconds."""
    return sum(phase.seconds for phase in report.phases)


def requests(pod: Pod) -> str:
    """The requests of a pod as quantities: 510m CPU, 1056Mi."""
    gpus = f", {amount(pod.gpus, 'GPU')}" if pod.gpus else ""
    return f"{cpu(pod)} CPU, {memory(pod)}{gpus}"


def cpu(pod: Pod) -> str:
    """The requested CPU as a quantity: 510m."""
    return quantity.cpu(Fraction(pod.cpu).limit_denominator(1_000_000))


def memory(pod: Pod) -> str:
    """The requested memory as a quantity: 1056Mi."""
    return quantity.memory(Fraction(pod.memory))
