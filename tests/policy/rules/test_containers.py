"""Rules for requests, limits, and images of containers."""

import json
from typing import Any

import pytest

from airflow_k8s.policy.rules import containers
from airflow_k8s.rendering.manifests import Object
from tests.policy.samples import container, deployment, findings_of, made, scope

DIGEST = "sha256:" + "0" * 64


def running(image: str) -> Object:
    return deployment(containers=[container(image=image)])


def facts(**images: str) -> Object:
    text = json.dumps({"images": images})
    return made("ConfigMap", "airflow-dag-facts", data={"facts.json": text})


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({}, "no cpu request, no memory request and no memory limit"),
        (
            {"requests": {"memory": "1Gi"}, "limits": {"memory": "1Gi"}},
            "no cpu request",
        ),
        ({"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}, "no memory request"),
        ({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2"}}, "no memory limit"),
    ],
)
def test_a_container_without_requests_or_memory_limit_is_a_finding(
    resources: dict[str, Any], message: str
) -> None:
    judged = scope([deployment(containers=[container(resources=resources)])])
    assert findings_of(containers.container_resources, judged) == [
        f"Deployment/airflow-scheduler: container main has {message}"
    ]


def test_an_init_container_without_resources_is_a_finding() -> None:
    judged = scope([deployment(initContainers=[container(name="first", resources=None)])])
    (found,) = findings_of(containers.container_resources, judged)
    assert "container first" in found, "a pod waits for room for its init containers as well"


def test_a_container_needs_no_cpu_limit() -> None:
    assert not findings_of(
        containers.container_resources, scope([deployment(), made("Service", "own")])
    )


def test_pods_of_an_operator_without_resources_are_a_finding() -> None:
    spec = {
        "instances": 3,
        "imageName": "ghcr.io/pg:17",
        "resources": {},
        "bootstrap": {"initdb": {"secret": {"name": "login"}}},
    }
    (found,) = findings_of(
        containers.container_resources, scope([made("Cluster", "db", spec=spec)])
    )
    assert found.startswith("Cluster/db: container postgresql has no cpu request")


@pytest.mark.parametrize("image", ["postgres", "postgres:latest", "registry:5000/postgres"])
def test_an_image_without_a_fixed_tag_is_a_finding(image: str) -> None:
    assert findings_of(containers.image_pinned, scope([running(image)])) == [
        f"Deployment/airflow-scheduler: container main runs {image}"
    ]


@pytest.mark.parametrize(
    "image", ["postgres:17", f"postgres@{DIGEST}", f"postgres:latest@{DIGEST}", "postgres:latest-1"]
)
def test_an_image_with_a_fixed_tag_or_digest_is_accepted(image: str) -> None:
    assert not findings_of(containers.image_pinned, scope([running(image)]))


def test_an_image_in_the_facts_for_dags_is_checked() -> None:
    judged = scope([facts(processor="docker.io/mine:latest", validator="docker.io/mine:1")])
    assert findings_of(containers.image_pinned, judged) == [
        "ConfigMap/airflow-dag-facts: container processor runs docker.io/mine:latest"
    ], "the tasks of tomorrow would be others than those of today"


def test_another_config_map_contains_no_images() -> None:
    other = made("ConfigMap", "airflow-config", data={"facts.json": '{"images": {"a": "b"}}'})
    assert not findings_of(containers.image_pinned, scope([other]))


def allowed(image: str, *registries: str) -> bool:
    judged = scope([running(image)], policies={"registries": list(registries)})
    return not findings_of(containers.image_registry, judged)


def test_an_image_comes_from_a_registry_that_the_stack_allows() -> None:
    assert allowed("quay.io/a/b:1", "docker.io", "quay.io")
    assert not allowed("quay.io/a/b:1", "docker.io")
    assert not allowed("quay.io/a/b:1")


def test_an_image_without_a_registry_is_from_docker_hub() -> None:
    assert allowed("postgres:17", "docker.io")
    assert not allowed("postgres:17", "quay.io")


def test_a_registry_name_is_not_matched_by_its_prefix() -> None:
    assert not allowed("quay.iodine.com/a/b:1", "quay.io")
    assert not allowed("ghcr.io/own-evil-twin/app:1", "ghcr.io/own")


def test_a_folder_of_a_registry_can_be_allowed() -> None:
    assert allowed("ghcr.io/own/app:1", "ghcr.io/own")
    assert allowed("ghcr.io/own/app:1", "ghcr.io/own/")
    assert allowed("postgres:17", "docker.io/library")
    assert not allowed("ghcr.io/other/app:1", "ghcr.io/own")


def test_a_mirror_is_an_allowed_registry() -> None:
    def judged(image: str, **policies: Any) -> list[str]:
        mirror = {"registry": "registry.example.com/mirror"}
        stack = scope([running(image)], image=mirror, policies=policies)
        return findings_of(containers.image_registry, stack)

    assert not judged("registry.example.com/mirror/a/b:1")
    assert judged("registry.example.com/other/b:1")
    assert judged("quay.io/a/b:1"), "by default nothing comes from elsewhere then"
    assert not judged("quay.io/a/b:1", registries=["quay.io"]), "the stack named it too"


def test_the_finding_about_an_image_has_its_registry() -> None:
    judged = scope([running("evil.example.com/app:1")])
    assert findings_of(containers.image_registry, judged) == [
        "Deployment/airflow-scheduler: container main runs evil.example.com/app:1,"
        " which is in evil.example.com"
    ]


def test_an_image_of_a_task_must_be_from_an_allowed_registry() -> None:
    (found,) = findings_of(
        containers.image_registry, scope([facts(processor="evil.example.com/a:1")])
    )
    assert found.startswith("ConfigMap/airflow-dag-facts")


def test_an_image_without_a_digest_is_a_finding() -> None:
    assert findings_of(containers.image_digest, scope([running("postgres:17")])) == [
        "Deployment/airflow-scheduler: postgres:17 has no digest"
    ]
    assert not findings_of(containers.image_digest, scope([running(f"postgres:17@{DIGEST}")]))
    assert containers.image_digest.level == "advisory", "no stack could start without digests"


def test_one_image_with_a_digest_requires_digests_for_all() -> None:
    with_digest, without = running(f"postgres:17@{DIGEST}"), running("redis:8")
    assert findings_of(containers.image_digest_everywhere, scope([with_digest, without])) == [
        "Deployment/airflow-scheduler: redis:8 has no digest, but other images have one"
    ]
    assert not findings_of(containers.image_digest_everywhere, scope([with_digest]))
    assert not findings_of(containers.image_digest_everywhere, scope([without]))
    assert findings_of(
        containers.image_digest_everywhere, scope([with_digest, facts(processor="a:1")])
    )
