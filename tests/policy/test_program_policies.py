"""The rules on the resources that `__main__.py` registers. These tests need no chart."""

from datetime import date
from typing import Any

import pytest

from airflow_k8s.policy.judging import STALE, Violation, judge
from airflow_k8s.policy.rule import Scope
from airflow_k8s.policy.rules import RULES
from airflow_k8s.rendering.manifests import declared
from tests.conftest import STACKS, evaluated, settings_of

TODAY = date(2026, 6, 1)
DIGEST = "sha256:" + "0" * 64

OF_THE_CHART = {
    "chart-makes-no-role": "only the chart could",
    "chart-makes-no-secret": "only the chart could",
    "disruption-budget": "the program has nothing of several pods",
    "gpu-nodes-for-gpu-pods": "no pod of the program tolerates a taint",
    "gpu-pod-goes-to-the-pool": "no pod of the program asks for a GPU",
    "no-hook": "Pulumi knows none",
    "replicas": "API server and scheduler come from the chart",
    "shared-volume-for-many": "only pods of the chart and of tasks share one",
    "spread-over-nodes": "the program has nothing of several pods",
    "task-pods-read-no-platform-secret": "task pods come from the chart and from DAGs",
}
"""Rules of what is inside the release: see test_corpus.py."""

ALWAYS_RIGHT = {
    "all-in-one-namespace",
    "container-resources",
    "gpu-nodes-marked",
    "names-as-agreed",
    "namespace-enforces-pod-security",
    "needed-ways-are-open",
    "no-other-way-is-open",
    "pod-security-restricted",
    "quota",
    "rbac-in-the-namespace",
    "rbac-no-secrets",
    "rbac-no-wildcard",
    "references-exist",
    "token-only-where-needed",
}
"""Rules that the program keeps whatever is set; test_corpus.py changes what it registers."""

RULES_OF_THE_PROGRAM = [each for each in RULES if each.name != "replicas"]

BROKEN: list[tuple[str, dict[str, Any], set[str]]] = [
    ("dev", {"image": {"tag": "latest"}}, {"image-pinned"}),
    (
        "dev",
        {
            "ingress": {"host": "airflow.example.com"},
            "network": {"ui": {"cidrs": ["0.0.0.0/0"]}},
            "policies": {"levels": {"ingress-from-somebody": "mandatory"}},
        },
        {"ingress-from-somebody"},
    ),
    ("dev", {"database": {"image": "postgres"}}, {"image-pinned"}),
    ("prod", {"pipeline": {"processorImage": "mine/processor:latest"}}, {"image-pinned"}),
    ("prod", {"image": {"repository": "registry.example.com/airflow"}}, {"image-registry"}),
    (
        "prod",
        {"database": {"mode": "cloudnative-pg", "image": "registry.example.com/postgresql:17"}},
        {"image-registry"},
    ),
    ("dev", {"policies": {"registries": ["quay.io"]}}, {"image-registry"}),
    ("dev", {"image": {"tag": f"3.2.2@{DIGEST}"}}, {"image-digest-everywhere"}),
    ("dev", {"policies": {"levels": {"image-digest": "mandatory"}}}, {"image-digest"}),
    (
        "dev",
        {"dags": {"repo": "https://me:hunter2@git.example.com/dags.git", "branch": "main"}},
        {"no-secret-in-clear"},
    ),
    ("dev", {"network": {"isolate": False}}, {"default-deny"}),
    ("prod", {"network": {"isolate": False}}, {"default-deny"}),
    (
        "prod",
        {"policies": {"levels": {"egress-to-somewhere": "mandatory"}}},
        {"egress-to-somewhere"},
    ),
    ("dev", {"chart": {"timeoutMinutes": 4}}, {"release-waits"}),
    ("prod", {"protect": False}, {"data-protected"}),
    ("prod", {"database": {"mode": "embedded"}}, {"database-not-embedded"}),
    ("prod", {"database": {"mode": "cloudnative-pg", "instances": 1}}, {"database-not-embedded"}),
    (
        "dev",
        {"policies": {"production": True}},
        {"data-protected", "database-not-embedded"},
    ),
    (
        "dev",
        {"policies": {"levels": {"image-pined": "off"}}},
        {STALE.name},
    ),
    (
        "dev",
        {
            "policies": {
                "exceptions": [
                    {
                        "rule": "image-digest",
                        "object": "*",
                        "reason": "until the registry tells digests",
                        "expires": "2026-05-31",
                    }
                ]
            }
        },
        {STALE.name},
    ),
]

FINE: list[tuple[str, dict[str, Any]]] = [
    ("dev", {"namespace": "data"}),
    ("dev", {"image": {"pullSecrets": ["registry"]}}),
    ("dev", {"secrets": {"apiKey": {"existing": "own"}, "jwtSecret": {"rotation": 2}}}),
    (
        "dev",
        {
            "database": {"mode": "external"},
            "secrets": {"metadata": {"existing": "own"}},
        },
    ),
    ("dev", {"network": {"ui": {"namespaces": ["ingress"]}, "tasks": {"cidrs": ["10.0.0.0/8"]}}}),
    ("prod", {"gpu": {"mode": "existing", "count": 1}}),
    (
        "prod",
        {
            "gpu": {
                "mode": "karpenter",
                "count": 1,
                "karpenter": {"requirements": [{"key": "family", "values": ["p3"]}]},
            }
        },
    ),
    ("prod", {"database": {"mode": "cloudnative-pg", "storageClass": "fast"}}),
    ("prod", {"policies": {"production": True, "levels": {"image-digest": "off"}}}),
]


def program(stack: str, **changes: Any) -> Scope:
    evaluation = evaluated(stack, **changes)
    return Scope(
        settings=settings_of(stack, **changes),
        resources=evaluation.resources,
        objects=declared(evaluation),
    )


def mandatory(scope: Scope) -> list[Violation]:
    verdict = judge(scope, TODAY, RULES_OF_THE_PROGRAM)
    return [each for each in verdict.violations if each.level == "mandatory"]


def in_words(each: Any) -> str:
    """The same in every process: a set has no order."""
    return ", ".join(sorted(each)) if isinstance(each, set) else str(each)


@pytest.mark.parametrize("stack", STACKS)
def test_a_committed_stack_violates_no_rule(stack: str) -> None:
    assert not [each.finding for each in mandatory(program(stack))]


@pytest.mark.parametrize(("stack", "changes", "rules"), BROKEN, ids=in_words)
def test_a_setting_that_violates_a_rule_violates_only_that_rule(
    stack: str, changes: dict[str, Any], rules: set[str]
) -> None:
    assert {each.rule.name for each in mandatory(program(stack, **changes))} == rules


@pytest.mark.parametrize(("stack", "changes"), FINE, ids=str)
def test_an_equally_safe_setting_violates_no_rule(stack: str, changes: dict[str, Any]) -> None:
    assert not [each.finding for each in mandatory(program(stack, **changes))]


def test_every_rule_is_listed_with_a_setting_that_violates_it_or_as_unreachable() -> None:
    by_settings = {name for _, _, names in BROKEN for name in names} - {STALE.name}
    for others in (OF_THE_CHART.keys(), ALWAYS_RIGHT):
        assert not by_settings & others, "a setting does break it"
    known = by_settings | OF_THE_CHART.keys() | ALWAYS_RIGHT
    assert known == {each.name for each in RULES}, "a new rule wants a setting that breaks it"
