"""What a production stack needs to outlive a lost pod, node or volume."""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.console.text import joined
from airflow_k8s.kube.selectors import selects
from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.stack.settings import names

_LASTING = ("Deployment", "StatefulSet")
_NEVER_ALONE = ("api-server", "scheduler")
_HOST = "kubernetes.io/hostname"


@rule(
    needs_complete_stack=True,
    production_only=True,
    remedy="Set apiServer.replicas and scheduler.replicas.",
)
def replicas(scope: Scope) -> Iterator[Finding]:
    """API server and scheduler have as many pods as the policies say, so that one may go."""
    least = scope.settings.policies.replicas
    for part in _NEVER_ALONE:
        found = [o for o in scope.of_kind(*_LASTING) if o.part == part]
        if not found:
            yield Finding(subject=f"Deployment/{names.RELEASE}-{part}", message="it is missing")
        for each in found:
            count = _replicas(each)
            if count < least:
                yield finding_for(each, f"replicas is {count}, want {least} or more")


@rule(
    needs_complete_stack=True,
    production_only=True,
    remedy="Give it a PodDisruptionBudget with maxUnavailable: 1.",
)
def disruption_budget(scope: Scope) -> Iterator[Finding]:
    """What has several pods has a budget that lets one go and leaves one up: a drained node neither
    ends all of them nor waits for ever."""
    budgets = list(scope.of_kind("PodDisruptionBudget"))
    for each in scope.of_kind(*_LASTING):
        count = _replicas(each)
        own = [
            b for b in budgets if selects(b.manifest["spec"].get("selector") or {}, _labels(each))
        ]
        if count > 1 and not own:
            yield finding_for(each, f"its {count} pods have no budget")
        if len(own) > 1:  # the API server evicts no pod that two budgets select
            yield finding_for(
                each, f"it has {len(own)} budgets: {joined(each.qualified_name for each in own)}"
            )
        for budget in own:
            up = _left_up(budget.manifest["spec"], count)
            if not min(1, count - 1) <= up < count:
                yield finding_for(
                    budget, f"of {count} pods of {each.qualified_name} it keeps {up} up"
                )


@rule(
    production_only=True, remedy="Set cluster.severalNodes, or topologySpreadConstraints in values."
)
def spread_over_nodes(scope: Scope) -> Iterator[Finding]:
    """What has several pods spreads them over nodes: a lost node takes one."""
    for each in scope.of_kind(*_LASTING):
        spec = each.pods.template["spec"] if each.pods else {}
        terms = [*(spec.get("topologySpreadConstraints") or ()), *_apart(spec)]
        if _replicas(each) > 1 and not any(_keeps_off(term, _labels(each)) for term in terms):
            yield finding_for(each, "nothing keeps its pods from sharing a node")


def _replicas(each: Object) -> int:
    return int(each.manifest["spec"].get("replicas", 1))


def _left_up(spec: Any, count: int) -> int:
    """How many pods a budget keeps up; percentages round up, as Kubernetes does.

    https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
    """
    if "minAvailable" in spec:
        return _of(spec["minAvailable"], count)
    return count - _of(spec.get("maxUnavailable", count), count)


def _of(amount: int | str, count: int) -> int:
    if isinstance(amount, str) and amount.endswith("%"):
        return -(-count * int(amount[:-1]) // 100)
    return int(amount)


def _apart(spec: Any) -> list[Any]:
    affinity = (spec.get("affinity") or {}).get("podAntiAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return [*required, *(each["podAffinityTerm"] for each in preferred)]


def _keeps_off(term: Any, labels: Any) -> bool:
    """Whether it is about nodes, and about pods with these labels; without a selector it is about
    none."""
    selector = term.get("labelSelector")
    return term["topologyKey"] == _HOST and selector is not None and selects(selector, labels)


def _labels(each: Object) -> Any:
    return (each.pods.template["metadata"].get("labels") or {}) if each.pods else {}
