"""From a stack's name to every object that it makes."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_k8s.rendering import charts, helm, stand_in
from airflow_k8s.rendering.evaluate import Evaluation, evaluate
from airflow_k8s.rendering.manifests import Object, Release, declared, in_chart, releases
from airflow_k8s.stack.chart.values import airflow_values
from airflow_k8s.stack.settings import load, names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import settings_in, stack_config
from airflow_k8s.toolchain.helm import find_helm


@dataclass(frozen=True, kw_only=True)
class RenderedStack:
    """A stack, whole."""

    stack: str
    settings: Settings
    evaluation: Evaluation
    chart: charts.FoundChart
    objects: Sequence[Object]


def render(
    program: Path,
    stack: str,
    *,
    chart: Path | None = None,
    strict: bool = False,
    notify: Callable[[str], None],
    changes: Mapping[str, Any] | None = None,
) -> RenderedStack:
    """Evaluates the stack's program and renders its release.

    Raises UserError for what a person can mend, and pulumi.RunError for wrong settings.
    """
    config = stack_config(program, stack, **(changes or {}))
    settings = settings_in(config, program)

    def find() -> tuple[Path, charts.FoundChart]:
        tool = find_helm(notify)
        return tool, charts.find_chart(
            settings.chart, helm=tool, program=program, explicit=chart, strict=strict, notify=notify
        )

    with ThreadPoolExecutor(max_workers=1) as pool:
        # Helm takes as long as loading Pulumi's SDK, so it starts at once with the release that the
        # program is going to declare. The one that it does declare is what counts below.
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
        stack=stack, settings=settings, evaluation=evaluation, chart=found, objects=objects
    )


def _expected(settings: Settings, program: Path) -> Release:
    return Release(
        component="",
        name=names.RELEASE,
        namespace=settings.namespace,
        chart=settings.chart,
        values=airflow_values(settings, load.chart_overlay(settings, program)),
    )


def template(tool: Path, found: charts.FoundChart, release: Release) -> list[dict[str, Any]]:
    """A release's objects in helm's order; UserError where the chart refuses its values."""
    values = stand_in.stand_in_values(release.values) if found.is_stand_in else release.values
    return helm.template(
        tool, found.path, release=release.name, namespace=release.namespace, values=values
    )
