"""Parsing image references, and their names in a mirror."""

import pytest

from airflow_k8s.kube.images import image_name, mirrored

LONG = "sha256:" + "0" * 64
MIRROR = "registry.example.com:5000/mirror"


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("postgres", "docker.io", "library/postgres", "", ""),
        ("postgres:17", "docker.io", "library/postgres", "17", ""),
        ("apache/airflow:3.2.2", "docker.io", "apache/airflow", "3.2.2", ""),
        ("docker.io/postgres:17", "docker.io", "library/postgres", "17", ""),
        ("quay.io/a/b/c:v1", "quay.io", "a/b/c", "v1", ""),
        ("localhost/app:1", "localhost", "app", "1", ""),
        ("registry:5000/app", "registry:5000", "app", "", ""),
        ("registry:5000/app:1", "registry:5000", "app", "1", ""),
        (f"ghcr.io/own/app@{LONG}", "ghcr.io", "own/app", "", LONG),
        (f"ghcr.io/own/app:1@{LONG}", "ghcr.io", "own/app", "1", LONG),
        ("localhosts/app:1", "docker.io", "localhosts/app", "1", ""),
    ],
)
def test_an_image_reference_is_parsed_as_a_container_runtime_does(
    text: str, registry: str, repository: str, tag: str, digest: str
) -> None:
    read = image_name(text)
    assert (read.registry, read.repository, read.tag, read.digest) == (
        registry,
        repository,
        tag,
        digest,
    )


@pytest.mark.parametrize(
    ("image", "there"),
    [
        ("apache/airflow:3.2.2", "apache/airflow:3.2.2"),
        ("docker.io/apache/airflow", "apache/airflow"),
        ("postgres:17", "library/postgres:17"),
        ("quay.io/prometheus/statsd-exporter:v1", "prometheus/statsd-exporter:v1"),
        ("registry:5000/a/b/c:1", "a/b/c:1"),
        (f"ghcr.io/own/app:1@{LONG}", f"own/app:1@{LONG}"),
    ],
)
def test_an_image_in_a_mirror_has_its_name_without_its_registry(image: str, there: str) -> None:
    assert mirrored(image, MIRROR) == f"{MIRROR}/{there}"


def test_an_image_that_is_in_the_mirror_keeps_its_reference() -> None:
    assert mirrored(f"{MIRROR}/own/app:1", MIRROR) == f"{MIRROR}/own/app:1"
    beside = "registry.example.com:5000/mirrored/app:1"
    assert mirrored(beside, MIRROR) == f"{MIRROR}/mirrored/app:1", "it is only called alike"


def test_an_image_keeps_its_reference_without_a_mirror() -> None:
    assert mirrored("quay.io/a/b:1", "") == "quay.io/a/b:1"
