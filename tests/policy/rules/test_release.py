"""Rules for the installation of the Helm release."""

from dataclasses import replace
from typing import Any

import pytest

from airflow_k8s.policy.rules import release as rules
from airflow_k8s.rendering.manifests import CHART, Object
from tests.policy.samples import findings_of, made, release, scope


def waits(**inputs: Any) -> list[str]:
    return findings_of(rules.release_waits, scope(resources=[release(**inputs)]))


@pytest.mark.parametrize(
    "inputs", [{}, {"timeout": 300}, {"timeout": 900.0}, {"skipAwait": False, "atomic": False}]
)
def test_a_release_that_waits_long_enough_is_accepted(inputs: dict[str, Any]) -> None:
    assert not waits(**inputs)


def test_a_release_that_does_not_wait_is_a_finding() -> None:
    assert waits(skipAwait=True) == ["Release/airflow-release: skipAwait is set"], (
        "an update would say that it is done before Airflow has started"
    )


def test_an_atomic_release_is_a_finding() -> None:
    assert waits(atomic=True) == [
        "Release/airflow-release: atomic is set:"
        " a failed release would be deleted together with its logs"
    ]


def test_a_short_timeout_is_a_finding() -> None:
    assert waits(timeout=299) == ["Release/airflow-release: it waits for 299 s"]


def test_the_timeout_of_another_resource_does_not_matter() -> None:
    job = replace(release(skipAwait=True), type="kubernetes:batch/v1:Job")
    assert not findings_of(rules.release_waits, scope(resources=[job]))


def of_chart(annotations: dict[str, str] | None) -> Object:
    return made("Job", "airflow-create-user", origin=CHART, annotations=annotations)


def test_a_hook_of_the_chart_is_a_finding() -> None:
    judged = scope([of_chart({"helm.sh/hook": "post-install"})])
    assert findings_of(rules.no_hook, judged) == [
        "Job/airflow-create-user: it is a post-install hook"
    ], "Helm would wait for the pods, and the pods for the hook"


def test_another_annotation_is_not_a_hook() -> None:
    assert not findings_of(
        rules.no_hook, scope([of_chart({"helm.sh/hook-weight": "1"}), of_chart(None)])
    )
