"""Every bad change of a stack is found by its rule, and good changes are found by none."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest

from airflow_k8s.kube import helm_values
from airflow_k8s.policy.judging import judge
from airflow_k8s.policy.rule import Rule, Scope
from airflow_k8s.policy.rules import RULES
from airflow_k8s.rendering.manifests import PROGRAM as OF_THE_PROGRAM
from airflow_k8s.rendering.manifests import declared, releases
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.stack.chart.values import airflow_values
from tests.conftest import evaluated, settings_of
from tests.policy.corpus import BAD, GOOD, Bad, Good
from tests.rendering.conftest import rendered, rendered_with

pytestmark = pytest.mark.chart

TODAY = date(2026, 6, 1)
Told = tuple[str, str, str, str]


@pytest.fixture(autouse=True, scope="module")
def texts_are_read_once() -> Iterator[None]:
    """All cases share most of their texts, and to read them is most of what it takes to judge."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(helm_values, "_inside", cache(helm_values._inside))  # pyright: ignore[reportPrivateUsage]
        yield


def as_case(platform: RenderedStack) -> Scope:
    return Scope(
        settings=platform.settings,
        resources=platform.evaluation.resources,
        objects=platform.objects,
    )


def with_settings(stack: str, changes: Mapping[str, Any]) -> Scope:
    """The stack with other settings; the chart is rendered again only if its values change."""
    before = rendered(stack)
    if not changes:
        return as_case(before)
    settings = settings_of(stack, **changes)
    (release,) = releases(before.evaluation)
    if airflow_values(settings, settings.values) != release.values:
        return as_case(rendered_with(stack, **changes))
    evaluation = evaluated(stack, **changes)
    inside = (each for each in before.objects if each.origin != OF_THE_PROGRAM)
    return Scope(
        settings=settings,
        resources=evaluation.resources,
        objects=[*declared(evaluation), *inside],
    )


def findings_of(scope: Scope) -> set[Told]:
    """Every violation: rule, level, subject and message."""
    return {
        (each.rule.name, each.level, each.finding.subject, each.finding.message)
        for each in judge(scope, TODAY).violations
    }


@cache
def told_before(stack: str) -> set[Told]:
    return findings_of(as_case(rendered(stack)))


def changed(each: Bad | Good) -> Scope:
    scope = with_settings(each.stack, each.settings)
    return each.change(scope) if each.change else scope


@cache
def bad_case(index: int) -> Scope:
    return changed(BAD[index])


@pytest.mark.parametrize("index", range(len(BAD)), ids=[f"{bad.stack}: {bad.name}" for bad in BAD])
def test_a_bad_change_is_caught_by_the_rule_that_is_for_it(index: int) -> None:
    bad = BAD[index]
    new = findings_of(bad_case(index)) - told_before(bad.stack)
    assert bad.rule in {rule for rule, *_ in new}, "it would reach the cluster"
    others = {rule for rule, level, *_ in new if level == "mandatory"} - {bad.rule}
    assert others == bad.also, "one would have to look for what is really wrong"


@pytest.mark.parametrize("good", GOOD, ids=lambda good: f"{good.stack}: {good.name}")
def test_a_good_change_violates_no_mandatory_rule(good: Good) -> None:
    assert not [each for each in findings_of(changed(good)) if each[1] == "mandatory"]


def parts(scope: Scope) -> Iterator[Scope]:
    """Scopes with a single resource or object, as the engine passes them."""
    for resource in scope.resources:
        yield replace(scope, resources=[resource], objects=[])
    for each in scope.objects:
        yield replace(scope, resources=[], objects=[each])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_the_same_findings_in_parts_of_the_stack_or_needs_the_complete_stack(
    rule: Rule,
) -> None:
    cases = [bad_case(n) for n, bad in enumerate(BAD) if bad.rule == rule.name]
    alike = [
        {finding for part in parts(scope) for finding in rule.judge(part)} == set(rule.judge(scope))
        for scope in cases
    ]
    if rule.needs_complete_stack:
        assert not all(alike), "the engine could tell before it makes the resource"
    else:
        assert all(alike), "the engine and the command report different findings"


def test_every_rule_has_two_bad_changes_of_its_own() -> None:
    for rule in RULES:
        cases = [bad for bad in BAD if bad.rule == rule.name]
        assert len(cases) >= 2, f"write down what {rule.name} has to catch"
    assert {bad.rule for bad in BAD} == {rule.name for rule in RULES}


def test_the_corpus_is_large_and_has_no_duplicates() -> None:
    assert len(BAD) >= 80
    assert len({(bad.stack, bad.name) for bad in BAD}) == len(BAD)
