"""What is audited: the chart as it comes, and every stack."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from render.charts import FoundChart
from render.helm import find_helm, template
from render.objects import Object, Release, in_chart
from render.platform import render
from render.stack import stacks
from settings.model import Chart

CHART = "chart's defaults"
_NAME = "airflow"
_VALUES = {"executor": "KubernetesExecutor"}


def subjects(
    program: Path, *, chart: Path | None, say: Callable[[str], None]
) -> Iterator[tuple[str, Sequence[Object]]]:
    """Each subject's name and objects; the first stack brings the chart.

    Raises Problem for what a person can mend, also where the chart can't be had, and
    pulumi.RunError for wrong settings.
    """
    for number, stack in enumerate(stacks(program)):
        platform = render(program, stack, chart=chart, strict=True, say=say)
        yield stack, platform.objects
        if not number:
            yield CHART, defaults(platform.chart, say)


def defaults(chart: FoundChart, say: Callable[[str], None]) -> list[Object]:
    """What the chart makes of no values but the executor, in a namespace of its own."""
    rendered = template(find_helm(say), chart.path, release=_NAME, namespace=_NAME, values=_VALUES)
    where = Chart(version=chart.version, repository="", reference=str(chart.path))
    release = Release(component=_NAME, name=_NAME, namespace=_NAME, chart=where, values=_VALUES)
    return in_chart(release, rendered)
