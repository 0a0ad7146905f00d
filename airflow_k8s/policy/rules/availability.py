"""What a production stack needs to outlive a lost pod, node or volume."""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.kube.network_policy import selects
from airflow_k8s.policy.rule import Case, Finding, about, listed, rule
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.stack.settings import names

_LASTING = ("Deployment", "StatefulSet")
_NEVER_ALONE = ("api-server", "scheduler")
_HOST = "kubernetes.io/hostname"


@rule(whole=True, production=True, remedy="Set apiServer.replicas and scheduler.replicas.")
def replicas(case: Case) -> Iterator[Finding]:
    """API server and scheduler have as many pods as the policies say, so that one may go."""
    least = case.settings.policies.replicas
    for part in _NEVER_ALONE:
        found = [o for o in case.of(*_LASTING) if o.part == part]
        if not found:
            yield Finding(subject=f"Deployment/{names.RELEASE}-{part}", words="it is missing")
        for each in found:
            count = _replicas(each)
            if count < least:
                yield about(each, f"replicas is {count}, want {least} or more")


@rule(whole=True, production=True, remedy="Give it a PodDisruptionBudget with maxUnavailable: 1.")
def disruption_budget(case: Case) -> Iterator[Finding]:
    """What has several pods has a budget that lets one go and leaves one up: a drained node neither
    ends all of them nor waits for ever."""
    budgets = list(case.of("PodDisruptionBudget"))
    for each in case.of(*_LASTING):
        count = _replicas(each)
        own = [
            b for b in budgets if selects(b.manifest["spec"].get("selector") or {}, _labels(each))
        ]
        if count > 1 and not own:
            yield about(each, f"its {count} pods have no budget")
        if len(own) > 1:  # the API server evicts no pod that two budgets select
            yield about(each, f"it has {len(own)} budgets: {listed(each.called for each in own)}")
        for budget in own:
            up = _left_up(budget.manifest["spec"], count)
            if not min(1, count - 1) <= up < count:
                yield about(budget, f"of {count} pods of {each.called} it keeps {up} up")


@rule(production=True, remedy="Set cluster.severalNodes, or topologySpreadConstraints in values.")
def spread_over_nodes(case: Case) -> Iterator[Finding]:
    """What has several pods spreads them over nodes: a lost node takes one."""
    for each in case.of(*_LASTING):
        spec = each.pods.template["spec"] if each.pods else {}
        terms = [*(spec.get("topologySpreadConstraints") or ()), *_apart(spec)]
        if _replicas(each) > 1 and not any(_keeps_off(term, _labels(each)) for term in terms):
            yield about(each, "nothing keeps its pods from sharing a node")


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
