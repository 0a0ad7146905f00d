"""What differs in a pod template, in one line that a reviewer understands."""

from typing import Any

import pytest

from airflow_k8s.commands.diff.impact.template_changes import listed
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.stack.settings import names
from tests.commands.diff.samples import changed, deployment


def between(before: Object, after: Object) -> str:
    (change,) = changed(before, after)
    return listed(change.fields, "spec.template")


@pytest.mark.parametrize(
    ("pod", "description"),
    [
        ({"container": {"image": "other/airflow:1"}}, "image of main: airflow:1 → other/airflow:1"),
        ({"container": {"image": "airflow"}}, "image of main: 1 → no tag"),
        (
            {"container": {"image": "library/airflow:1"}},
            "image of main: airflow:1 → library/airflow:1",
        ),
        ({"container": {"resources": {"limits": {"memory": "2Gi"}}}}, "resources of main"),
        ({"container": {"env": [{"name": "A", "value": "1"}]}}, "env of main"),
        ({"volumes": [{"name": "tmp"}]}, "volumes"),
        ({"annotations": {"checksum/airflow-config": "1"}}, "the chart's airflow-config changed"),
        ({"annotations": {"a": "b"}}, "annotation a"),
        ({"initContainers": [{"name": "wait", "image": "w"}]}, "initContainers"),
    ],
)
def test_a_change_is_described_in_plain_terms(pod: dict[str, Any], description: str) -> None:
    assert between(deployment(), deployment(**pod)) == description


@pytest.mark.parametrize(
    ("before", "after", "description"),
    [
        ("host:5000/airflow", "host:5000/airflow:2", "no tag → 2"),
        ("a:1@sha256:aa", "a:1@sha256:bb", "1@sha256:aa → 1@sha256:bb"),
        ("host:5000/a:1", "host:6000/a:1", "host:5000/a:1 → host:6000/a:1"),
    ],
)
def test_an_image_is_split_as_a_container_runtime_does_it(
    before: str, after: str, description: str
) -> None:
    sides = (deployment(container={"image": image}) for image in (before, after))
    assert between(*sides) == f"image of main: {description}"


def test_a_changed_limit_is_described_with_both_sides() -> None:
    before, after = (
        deployment(container={"resources": {"limits": {"memory": size}}}) for size in ("1Gi", "2Gi")
    )
    assert between(before, after) == "memory limit of main: 1Gi → 2Gi"


def test_several_variables_are_counted() -> None:
    before, after = (
        deployment(container={"env": [{"name": n, "value": value} for n in ("A", "B")]})
        for value in ("1", "2")
    )
    assert between(before, after) == "2 variables of main"


def test_a_rotated_secret_is_described_by_its_name() -> None:
    before, after = (
        deployment(annotations={names.ROTATIONS: text})
        for text in ("database=generated:1 jwt-secret=generated:1", "database=generated:2")
    )
    assert between(before, after) == (
        "a secret was rotated (database), other secrets are read (jwt-secret)"
    )


def test_the_image_comes_first_and_the_last_of_many_changes_are_counted() -> None:
    fields: dict[str, Any] = {
        name: name for name in ("dnsPolicy", "hostname", "nodeName", "priority", "schedulerName")
    }
    assert between(deployment(), deployment(container={"image": "airflow:2"}, **fields)) == (
        "image of main: 1 → 2, dnsPolicy, hostname, nodeName and 2 more"
    )
