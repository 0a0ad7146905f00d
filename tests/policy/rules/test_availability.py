"""Rules for the survival of a lost pod or node."""

from typing import Any

import pytest

from airflow_k8s.policy.rules import availability
from airflow_k8s.rendering.manifests import Object
from tests.policy.samples import deployment, findings_of, made, scope

HOST, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
OWN = {"matchLabels": {"component": "scheduler"}}
OTHER = {"matchLabels": {"component": "triggerer"}}


def few(api_server: int, scheduler: int, **policies: Any) -> list[str]:
    objects = [
        deployment("api-server", replicas=api_server),
        deployment(replicas=scheduler),
        deployment("triggerer"),
        deployment("dag-processor"),
    ]
    return findings_of(availability.replicas, scope(objects, policies=policies))


def test_api_server_and_scheduler_have_two_replicas() -> None:
    assert few(1, 2) == ["Deployment/airflow-api-server: replicas is 1, expected 2 or more"]
    assert few(2, 1) == ["Deployment/airflow-scheduler: replicas is 1, expected 2 or more"]
    assert not few(2, 3), "triggerer and DAG processor may be"


def test_the_stack_sets_the_minimum_of_replicas() -> None:
    assert not few(1, 1, replicas=1)
    assert len(few(2, 2, replicas=3)) == 2


def test_a_deployment_without_replicas_has_one() -> None:
    silent = deployment("api-server")
    silent.manifest["spec"].pop("replicas")
    found = findings_of(availability.replicas, scope([silent, deployment(replicas=2)]))
    assert found == ["Deployment/airflow-api-server: replicas is 1, expected 2 or more"]


def test_a_missing_component_is_a_finding() -> None:
    judged = scope([deployment("api-server", kind="StatefulSet", replicas=2)])
    assert findings_of(availability.replicas, judged) == [
        "Deployment/airflow-scheduler: it is missing"
    ]


def budget(selector: Any = OWN, **spec: Any) -> Object:
    return made("PodDisruptionBudget", "own", spec={"selector": selector, **spec})


def unsafe(replicas: int, *budgets: Object) -> list[str]:
    return findings_of(
        availability.disruption_budget, scope([deployment(replicas=replicas), *budgets])
    )


@pytest.mark.parametrize(
    ("replicas", "spec"),
    [
        (2, {"maxUnavailable": 1}),
        (2, {"minAvailable": 1}),
        (3, {"minAvailable": 2}),
        (3, {"maxUnavailable": "50%"}),
        (3, {"minAvailable": "50%"}),
        (3, {"minAvailable": "2"}),
        (1, {"maxUnavailable": 1}),
        (1, {"minAvailable": 0}),
    ],
    ids=str,
)
def test_a_budget_that_evicts_one_and_keeps_one_is_accepted(
    replicas: int, spec: dict[str, Any]
) -> None:
    assert not unsafe(replicas, budget(**spec))


@pytest.mark.parametrize(
    ("replicas", "spec", "up"),
    [
        (2, {"maxUnavailable": 0}, 2),
        (2, {"maxUnavailable": 2}, 0),
        (2, {"maxUnavailable": "51%"}, 0),
        (2, {"minAvailable": 2}, 2),
        (2, {"minAvailable": "51%"}, 2),
        (2, {"minAvailable": 0}, 0),
        (2, {}, 0),
        (1, {"minAvailable": 1}, 1),
    ],
    ids=str,
)
def test_a_budget_that_evicts_none_or_all_is_a_finding(
    replicas: int, spec: dict[str, Any], up: int
) -> None:
    assert unsafe(replicas, budget(**spec)) == [
        f"PodDisruptionBudget/own: it keeps {up} of {replicas} pods of Deployment/airflow-scheduler"
    ]


def test_several_pods_without_a_budget_are_a_finding() -> None:
    missing = ["Deployment/airflow-scheduler: its 2 pods have no PodDisruptionBudget"]
    assert unsafe(2) == missing, "a drained node may take both"
    assert unsafe(2, budget(OTHER, maxUnavailable=1)) == missing
    assert not unsafe(1)


def test_a_budget_without_a_selector_selects_all_pods() -> None:
    assert not unsafe(2, budget(None, maxUnavailable=1))


def test_pods_without_labels_are_selected_by_no_budget() -> None:
    bare = deployment(replicas=2, **spread(HOST))
    bare.manifest["spec"]["template"]["metadata"]["labels"] = None
    objects = [bare, budget(maxUnavailable=1)]
    assert findings_of(availability.disruption_budget, scope(objects)) == [
        "Deployment/airflow-scheduler: its 2 pods have no PodDisruptionBudget"
    ]
    assert findings_of(availability.spread_over_nodes, scope(objects))


def test_two_budgets_for_one_workload_are_a_finding() -> None:
    two = [budget(maxUnavailable=1), budget(maxUnavailable=1)]
    assert unsafe(2, *two) == [
        "Deployment/airflow-scheduler: 2 PodDisruptionBudgets select its pods:"
        " PodDisruptionBudget/own and PodDisruptionBudget/own"
    ], "Kubernetes evicts no pod that two of them select"


def together(replicas: int = 2, **spec: Any) -> list[str]:
    return findings_of(
        availability.spread_over_nodes, scope([deployment(replicas=replicas, **spec)])
    )


def spread(key: str, selector: Any = OWN) -> dict[str, Any]:
    return {"topologySpreadConstraints": [{"topologyKey": key, "labelSelector": selector}]}


def test_several_pods_are_spread_over_nodes() -> None:
    sharing = ["Deployment/airflow-scheduler: its pods may all run on one node"]
    assert together() == sharing, "a lost node would take both"
    assert together(**spread(ZONE)) == sharing, "a zone may have one node"
    assert not together(**spread(HOST))
    assert not together(replicas=1)


@pytest.mark.parametrize("selector", [OTHER, None])
def test_a_spread_constraint_for_other_pods_does_not_count(selector: Any) -> None:
    assert together(**spread(HOST, selector))


@pytest.mark.parametrize(
    "terms",
    [
        {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": HOST, "labelSelector": OWN}
            ]
        },
        {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "podAffinityTerm": {"topologyKey": HOST, "labelSelector": OWN}}
            ]
        },
    ],
    ids=["required", "preferred"],
)
def test_pod_anti_affinity_counts_as_a_spread(terms: dict[str, Any]) -> None:
    assert not together(affinity={"podAntiAffinity": terms})
    assert together(affinity={"podAffinity": terms}), "that brings them together"


def test_these_are_rules_for_production() -> None:
    for rule in (
        availability.replicas,
        availability.disruption_budget,
        availability.spread_over_nodes,
    ):
        assert rule.production_only, "a stack for trying things out is one of everything"
