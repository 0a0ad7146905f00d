"""What the views say alike: a report's parts counted, grouped and put into words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import get_args

from airflow_k8s.commands.rehearse.report import (
    Action,
    Change,
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

_EFFECTS = ("refused", "replaced", "removed", "left over", "restarted", "updated", "added")


@dataclass(frozen=True, kw_only=True)
class Component:
    """The steps of one component."""

    name: str
    steps: Sequence[Step]

    @property
    def seconds(self) -> float:
        """From its first step's start to its last one's end; they overlap."""
        end = max(step.started + step.seconds for step in self.steps)
        return end - min(step.started for step in self.steps)

    @property
    def failed(self) -> bool:
        """Whether an update would end here."""
        return any(step.failed for step in self.steps)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The nodes of one pool and the pods on them."""

    name: str
    nodes: Sequence[Node]
    pods: Sequence[Pod]


def components(steps: Iterable[Step]) -> list[Component]:
    """Each with its steps, in the order in which they were come to."""
    by_name: dict[str, list[Step]] = {}
    for step in steps:
        by_name.setdefault(step.component, []).append(step)
    return [Component(name=name, steps=own) for name, own in by_name.items()]


def counts(steps: Iterable[Step]) -> str:
    """How many of them were created, and so on: 3 created, 1 refused."""
    found = Counter(step.action for step in steps)
    return ", ".join(f"{found[action]} {action}" for action in get_args(Action) if found[action])


def pools(report: Report) -> list[Pool]:
    """The nodes by pool, in their order."""
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
    """The pods that no node took."""
    return [pod for pod in report.pods if not pod.node]


def elsewhere(report: Report) -> list[Pod]:
    """The pods on nodes that the report does not list."""
    listed = {node.name for node in report.nodes}
    return [pod for pod in report.pods if pod.node and pod.node not in listed]


def changes(report: Report) -> list[tuple[str, list[Change]]]:
    """The changes of an upgrade by effect, the loudest first.

    What a replacement costs is known to its step; the change says it too.
    """
    replaced = {(s.kind, s.name): s for s in report.steps if s.action == "replaced"}
    found: list[Change] = []
    for change in report.changes:
        step = replaced.get((change.kind, change.name))
        if change.effect == "replaced" and step:
            words = change.words or step.words
            found.append(replace(change, words=words, loses_data=step.loses_data))
        else:
            found.append(change)
    grouped = [(effect, [c for c in found if c.effect == effect]) for effect in _EFFECTS]
    return [(effect, own) for effect, own in grouped if own]


def alike(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    """Those of which the same words are told, by these words."""
    by_words: dict[str, list[Change]] = {}
    for change in changes:
        by_words.setdefault(change.words, []).append(change)
    return list(by_words.items())


def is_loud(each: Change | Step) -> bool:
    """Whether it was refused, or replaced with what was in it lost."""
    became = each.effect if isinstance(each, Change) else each.action
    return became == "refused" or (became == "replaced" and each.loses_data)


def warnings(report: Report) -> list[tuple[str, list[str]]]:
    """What the API server warned of, once, with the objects that it said it of."""
    objects: dict[str, list[str]] = {}
    for name, texts in report.warnings.items():
        for text in dict.fromkeys(texts):
            objects.setdefault(text, []).append(name)
    return list(objects.items())


def beside(policies: PolicyResult) -> list[str]:
    """What the policies say that stops nothing."""
    found = {"remark": policies.remarks, "exception": policies.excused}
    said = [amount(number, noun) for noun, number in found.items() if number]
    return [*said, "make policy tells those of the stack"] if said else []


def told(report: Report) -> set[str]:
    """The words that the troubles and changes tell, which need no second telling."""
    own = (change for _, changed in changes(report) for change in changed)
    texts = [*(trouble.message for trouble in report.troubles), *(c.words for c in own)]
    return {text for text in texts if text}


def problems(report: Report) -> int:
    """How many things are wrong. What was skipped is wrong only through something else."""
    found = {
        *((t.kind, t.name) for t in report.troubles),
        *((s.kind, s.name) for s in report.steps if s.loses_data),
        *((s.kind, s.name) for s in report.steps if s.failed and s.action != "skipped"),
        *((c.kind, c.name) for c in report.changes if c.effect == "refused"),
        *(("task", t.name) for t in report.tasks if t.failed),
        *(("rule", b.rule) for b in (report.policies.broken if report.policies else ())),
        *(tuple(about.split(" ", 1)) for about in report.pod_security),
    }
    return len(found) or sum(step.failed for step in report.steps)


def verdict(report: Report) -> str:
    """In one sentence."""
    lost = {(step.kind, step.name) for step in report.steps if step.loses_data}
    number = problems(report)
    if lost and number == len(lost):
        return f"the stack comes up, but {amount(number, 'replacement')} would lose data"
    if report.failed:
        return f"{amount(number, 'problem')}: this stack should not go to a cluster as it is"
    return "the stack comes up"


def outcome(task: Task) -> str:
    """Where it landed, or that it did not, against what it should do."""
    place = f" on {task.node}" if task.node else ""
    pool = f" ({task.pool})" if task.pool else ""
    if not task.failed:
        as_expected = ", as it should" if task.outcome == "pending" else ""
        return f"{_VERBS[task.outcome]}{place}{pool}{as_expected}"
    return f"{_VERBS[task.outcome]}{place}{pool}, but {_SHOULD[task.expected]}"


_VERBS: Mapping[str, str] = {"runs": "runs", "pending": "stays pending", "refused": "is refused"}
_SHOULD: Mapping[str, str] = {"runs": "should run", "pending": "should stay pending"}


def share(used: str, hard: str) -> float | None:
    """The part of a limit that is used; None where it can't be said."""
    try:
        limit = quantity.parse(hard)
        return float(quantity.parse(used) / limit) if limit else None
    except ValueError:  # exponents, which nobody writes but the server may
        return None


def full(quota: Quota) -> bool:
    """Whether hardly a task more would fit."""
    used = share(quota.with_tasks, quota.hard)
    return used is not None and used >= 0.9


def total(report: Report) -> float:
    """Seconds of the whole rehearsal."""
    return sum(phase.seconds for phase in report.phases)


def requests(pod: Pod) -> str:
    """What one pod requests, in Kubernetes' own notation: 510m CPU, 1056Mi."""
    gpus = f", {amount(pod.gpus, 'GPU')}" if pod.gpus else ""
    return f"{cpu(pod)} CPU, {memory(pod)}{gpus}"


def cpu(pod: Pod) -> str:
    """The CPU that it requests: 510m."""
    return quantity.cpu(Fraction(pod.cpu).limit_denominator(1_000_000))


def memory(pod: Pod) -> str:
    """The memory that it requests: 1056Mi."""
    return quantity.memory(Fraction(pod.memory))
