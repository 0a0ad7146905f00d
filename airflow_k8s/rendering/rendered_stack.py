"""Renders a stack: runs its program and its chart, and collects all objects."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_k8s.rendering import helm
from airflow_k8s.rendering.charts import find_chart
from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.manifests import Object, Release, declared, in_chart, releases
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.chart.values import airflow_values
from airflow_k8s.stack.settings import load, names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import StackConfig, settings_in, stack_config
from airflow_k8s.toolchain.helm import find_helm


@dataclass(frozen=True, kw_only=True)
class RenderedStack:
    """A stack with all its objects: those of the program and those of its chart."""

    stack: str
    settings: Settings
    evaluation: Evaluation
    chart: FoundChart
    objects: Sequence[Object]


def render(
    program: Path,
    stack: str,
    *,
    chart: Path | None = None,
    strict: bool = False,
    notify: Callable[[str], None],
) -> RenderedStack:
    """Renders the stack with the name, as its files in the program's folder configure it.

    Raises UserError if the stack can't be rendered, and pulumi.RunError if settings are wrong.
    """
    return render_config(
        program, stack_config(program, stack), chart=chart, strict=strict, notify=notify
    )


def render_config(
    program: Path,
    config: StackConfig,
    *,
    chart: Path | None = None,
    strict: bool = False,
    notify: Callable[[str], None],
) -> RenderedStack:
    """Renders a stack with the config. `chart`: an archive or a folder to use for its chart.

    Raises UserError if the stack can't be rendered, or if its chart is not available and `strict`
    is set. Raises pulumi.RunError if settings are wrong.
    """
    settings = settings_in(config, program)

    def find() -> tuple[Path, FoundChart]:
        tool = find_helm(notify)
        return tool, find_chart(
            settings.chart, helm=tool, program=program, explicit=chart, strict=strict, notify=notify
        )

    with ThreadPoolExecutor(max_workers=1) as pool:
        # Helm needs as long as the import of Pulumi's SDK. So helm starts before the program does,
        # with the release that the program is expected to declare. If the program declares another
        # release, that one is rendered again.
        expected = _expected(settings, program)
        finding = pool.submit(find)
        early = pool.submit(lambda: template(*finding.result(), expected))
        evaluation = evaluate(program, config)
        tool, found = finding.result()
        objects = declared(evaluation)
        for release in releases(evaluation):
            as_expected = release.inputs == expected.inputs
            rendered = early.result() if as_expected else template(tool, found, release)
            objects += in_chart(release, rendered)
    return RenderedStack(
        stack=config.stack, settings=settings, evaluation=evaluation, chart=found, objects=objects
    )


def _expected(settings: Settings, program: Path) -> Release:
    return Release(
        component="",
        name=names.RELEASE,
        namespace=settings.namespace,
        chart=settings.chart,
        values=airflow_values(settings, load.chart_overlay(settings, program)),
    )


def template(tool: Path, chart: FoundChart, release: Release) -> list[dict[str, Any]]:
    """The objects of a release in helm's order. Raises UserError if the chart rejects its values.

    `tool` is the helm to run.
    """
    return helm.template(
        tool,
        chart.path,
        release=release.name,
        namespace=release.namespace,
        values=chart.convert_values(release.values),
    )
