"""Rules that keep a production stack available when a pod or a node is lost."""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.console.text import joined
from airflow_k8s.kube.selectors import selects
from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.stack.settings import names

_WORKLOADS = ("Deployment", "StatefulSet")
_REPLICATED = ("api-server", "scheduler")
_HOST = "kubernetes.io/hostname"


@rule(
    needs_complete_stack=True,
    production_only=True,
    remedy="Set apiServer.replicas and scheduler.replicas.",
)
def replicas(scope: Scope) -> Iterator[Finding]:
    """API server and scheduler have at least as many pods as policies.replicas, so that one may
    fail."""
    least = scope.settings.policies.replicas
    for part in _REPLICATED:
        found = [o for o in scope.of_kind(*_WORKLOADS) if o.part == part]
        if not found:
            yield Finding(subject=f"Deployment/{names.RELEASE}-{part}", message="it is missing")
        for workload in found:
            count = _replicas(workload)
            if count < least:
                yield finding_for(workload, f"replicas is {count}, expected {least} or more")


@rule(
    needs_complete_stack=True,
    production_only=True,
    remedy="Declare a PodDisruptionBudget with maxUnavailable: 1.",
)
def disruption_budget(scope: Scope) -> Iterator[Finding]:
    """A workload with several pods has one PodDisruptionBudget, which keeps a pod and lets one be
    evicted: draining a node neither stops all pods nor waits forever."""
    budgets = list(scope.of_kind("PodDisruptionBudget"))
    for workload in scope.of_kind(*_WORKLOADS):
        count = _replicas(workload)
        own = [
            b
            for b in budgets
            if selects(b.manifest["spec"].get("selector") or {}, _labels(workload))
        ]
        if count > 1 and not own:
            yield finding_for(workload, f"its {count} pods have no PodDisruptionBudget")
        if len(own) > 1:  # the API server does not evict a pod that two budgets select
            selecting = joined(budget.qualified_name for budget in own)
            message = f"{len(own)} PodDisruptionBudgets select its pods: {selecting}"
            yield finding_for(workload, message)
        for budget in own:
            up = _kept(budget.manifest["spec"], count)
            if not min(1, count - 1) <= up < count:
                yield finding_for(
                    budget, f"it keeps {up} of {count} pods of {workload.qualified_name}"
                )


@rule(
    production_only=True, remedy="Set cluster.severalNodes, or topologySpreadConstraints in values."
)
def spread_over_nodes(scope: Scope) -> Iterator[Finding]:
    """The pods of a workload are spread over nodes: losing one node does not stop all of them."""
    for workload in scope.of_kind(*_WORKLOADS):
        spec = workload.pods.template["spec"] if workload.pods else {}
        terms = [*(spec.get("topologySpreadConstraints") or ()), *_anti_affinity(spec)]
        if _replicas(workload) > 1 and not any(
            _separates(term, _labels(workload)) for term in terms
        ):
            yield finding_for(workload, "its pods may all run on one node")


def _replicas(workload: Object) -> int:
    return int(workload.manifest["spec"].get("replicas", 1))


def _kept(spec: Any, count: int) -> int:
    """The number of pods that a PodDisruptionBudget keeps. Kubernetes rounds percentages up.

    https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
    """
    if "minAvailable" in spec:
        return _pods(spec["minAvailable"], count)
    return count - _pods(spec.get("maxUnavailable", count), count)


def _pods(amount: int | str, count: int) -> int:
    if isinstance(amount, str) and amount.endswith("%"):
        return -(-count * int(amount[:-1]) // 100)
    return int(amount)


def _anti_affinity(spec: Any) -> list[Any]:
    affinity = (spec.get("affinity") or {}).get("podAntiAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return [*required, *(term["podAffinityTerm"] for term in preferred)]


def _separates(term: Any, labels: Any) -> bool:
    """Whether the term separates pods with these labels by node.

    A term without a selector applies to no pod.
    """
    selector = term.get("labelSelector")
    return term["topologyKey"] == _HOST and selector is not None and selects(selector, labels)


def _labels(workload: Object) -> Any:
    return (workload.pods.template["metadata"].get("labels") or {}) if workload.pods else {}
