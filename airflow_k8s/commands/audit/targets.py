"""What is audited: the chart as it comes, and every stack."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.helm import template
from airflow_k8s.rendering.manifests import Object, Release, in_chart
from airflow_k8s.rendering.rendered_stack import render
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.stack.stack_file import stacks
from airflow_k8s.toolchain.helm import find_helm

CHART = "chart's defaults"
_NAME = "airflow"
_VALUES = {"executor": "KubernetesExecutor"}


def subjects(
    program: Path, *, chart: Path | None, notify: Callable[[str], None]
) -> Iterator[tuple[str, Sequence[Object]]]:
    """Each subject's name and objects; the first stack brings the chart.

    Raises UserError for what a person can mend, also where the chart can't be had, and
    pulumi.RunError for wrong settings.
    """
    for number, stack in enumerate(stacks(program)):
        platform = render(program, stack, chart=chart, strict=True, notify=notify)
        yield stack, platform.objects
        if not number:
            yield CHART, defaults(platform.chart, notify)


def defaults(chart: FoundChart, notify: Callable[[str], None]) -> list[Object]:
    """What the chart makes of no values but the executor, in a namespace of its own."""
    rendered = template(
        find_helm(notify), chart.path, release=_NAME, namespace=_NAME, values=_VALUES
    )
    where = Chart(version=chart.version, repository="", reference=str(chart.path))
    release = Release(component=_NAME, name=_NAME, namespace=_NAME, chart=where, values=_VALUES)
    return in_chart(release, rendered)
