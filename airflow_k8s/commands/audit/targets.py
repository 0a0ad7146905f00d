"""The targets of an audit: stacks, and the chart with its default values for comparison."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from airflow_k8s.console.errors import naming_stack
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.helm import template
from airflow_k8s.rendering.manifests import Object, Release, in_chart
from airflow_k8s.rendering.rendered_stack import render
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.toolchain.helm import find_helm

CHART = "chart's defaults"
_NAME = "airflow"
_VALUES = {"executor": "KubernetesExecutor"}


def targets(
    project: Path,
    stacks: Sequence[str],
    *,
    chart: Path | None,
    notify: Callable[[str], None],
) -> Iterator[tuple[str, Sequence[Object]]]:
    """Yields the name and the objects of every stack, and of the chart with its default values.

    The chart is the one of the first stack. Raises UserError if something can't be rendered, also
    if the chart is not available.
    """
    for number, stack in enumerate(stacks):
        with naming_stack(stack):
            rendered = render(project, stack, chart=chart, strict=True, notify=notify)
        yield stack, rendered.objects
        if not number:
            yield CHART, defaults(rendered.chart, notify)


def defaults(chart: FoundChart, notify: Callable[[str], None]) -> list[Object]:
    """The objects that the chart renders from its default values; only the executor is set."""
    rendered = template(
        find_helm(notify), chart.path, release=_NAME, namespace=_NAME, values=_VALUES
    )
    identity = Chart(version=chart.version, repository="", reference=str(chart.path))
    release = Release(component=_NAME, name=_NAME, namespace=_NAME, chart=identity, values=_VALUES)
    return in_chart(release, rendered)
