"""Which images a stack pulls, and from where once they come from a mirror."""

from functools import cache

import pytest

from airflow_k8s.cli import main
from airflow_k8s.commands.render.images import images, lines
from airflow_k8s.kube.images import mirrored
from airflow_k8s.rendering.charts import SHA256
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.stack.chart.values import OTHER_IMAGES
from airflow_k8s.stack.settings.airflow import Chart
from tests.conftest import PROGRAM, STACKS
from tests.rendering.conftest import official_chart, rendered, rendered_with
from tests.stack.chart.test_schema import of_chart

pytestmark = pytest.mark.chart

MIRROR = "registry.example.com/mirror"
PULLS = {"image": {"registry": MIRROR, "pullSecrets": ["mirror"]}}


@cache
def from_mirror(stack: str) -> RenderedStack:
    return rendered_with(stack, **PULLS)


def pull_secrets(each: Object) -> list[str]:
    """Those of a pod, or of the pods that an operator makes."""
    assert each.pods
    spec = each.pods.template["spec"] if each.pods.template else each.manifest["spec"]
    return [secret["name"] for secret in spec.get("imagePullSecrets") or []]


@pytest.mark.parametrize(
    ("stack", "database"),
    [("dev", "postgres:17"), ("prod", "ghcr.io/cloudnative-pg/postgresql:17.5")],
)
def test_every_image_is_listed_once(stack: str, database: str) -> None:
    assert images(rendered(stack)) == sorted(
        {
            "apache/airflow:3.2.2",
            database,
            "quay.io/prometheus/statsd-exporter:v0.30.0",
            "registry.k8s.io/git-sync/git-sync:v4.4.2",
            "your-repo/data-processor:1.0.0",
            "your-repo/data-validator:1.0.0",
        }
    )


@pytest.mark.parametrize("stack", STACKS)
def test_with_a_mirror_all_images_come_from_it(stack: str) -> None:
    there = sorted(mirrored(image, MIRROR) for image in images(rendered(stack)))
    assert images(from_mirror(stack)) == there
    for each in from_mirror(stack).objects:
        for container in each.pods.containers if each.pods else ():
            assert container.image.startswith(f"{MIRROR}/"), (
                f"{each.qualified_name}: {container.name}"
            )


@pytest.mark.parametrize("stack", STACKS)
def test_every_pod_has_the_pull_secrets_for_its_images(stack: str) -> None:
    without = [
        each.qualified_name
        for each in from_mirror(stack).objects
        if each.pods and pull_secrets(each) != ["mirror"]
    ]
    assert without == []


@pytest.mark.parametrize("stack", STACKS)
def test_no_other_field_of_a_stack_contains_a_registry(stack: str) -> None:
    # Such as the executor, which starts worker pods of its own.
    for each in from_mirror(stack).objects:
        for registry in ("quay.io", "ghcr.io", "registry.k8s.io", "docker.io"):
            assert registry not in str(each.manifest), each.qualified_name


def test_the_executor_starts_workers_of_the_mirrors_image() -> None:
    (config,) = (
        o for o in from_mirror("dev").objects if o.qualified_name == "ConfigMap/airflow-config"
    )
    assert (
        f"worker_container_repository = {MIRROR}/apache/airflow\n"
        in config.manifest["data"]["airflow.cfg"]
    )


def test_the_other_images_of_the_chart_are_its_defaults() -> None:
    ours = of_chart("values.yaml")["images"]
    assert {name: ours[name]["repository"] for name in OTHER_IMAGES} == OTHER_IMAGES


def test_the_list_of_images_has_one_image_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    official_chart()
    assert main(["render", "dev", "--strict", "--output", "images", "--mirror", MIRROR]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == f"apache/airflow:3.2.2 {MIRROR}/apache/airflow:3.2.2"
    assert f"postgres:17 {MIRROR}/library/postgres:17" in shown
    assert len(shown) == 6


def test_the_guide_shows_what_the_command_prints() -> None:
    guide = (PROGRAM / "docs" / "air-gapped.md").read_text()
    assert "\n".join(lines(rendered("prod"), MIRROR)) in guide
    assert f"{SHA256[Chart().version]}\n" in guide, "and the chart's checksum"
