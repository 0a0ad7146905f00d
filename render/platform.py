"""From a stack's name to every object that it makes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render import charts, helm, stand_in
from render.evaluate import Evaluation, evaluate
from render.objects import Object, declared, in_chart, releases
from render.stack import stack_config
from settings import load
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class Platform:
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
    say: Callable[[str], None],
    changes: Mapping[str, Any] | None = None,
) -> Platform:
    """Evaluates the stack's program and renders its release.

    Raises Problem for what a person can mend, and pulumi.RunError for wrong settings.
    """
    config = stack_config(program, stack, **(changes or {}))
    given = load.found_in(config.project, config.texts, config.secret)
    settings = load.settings_of(given, program)
    evaluation = evaluate(program, config)
    tool = helm.find_helm(say)
    found = charts.find_chart(
        settings.chart, helm=tool, program=program, explicit=chart, strict=strict, say=say
    )
    objects = declared(evaluation)
    for release in releases(evaluation):
        values = release.values
        if found.stand_in_because:
            values = stand_in.stand_in_values(values)
        rendered = helm.template(
            tool, found.path, release=release.name, namespace=release.namespace, values=values
        )
        objects += in_chart(release, rendered)
    return Platform(
        stack=stack, settings=settings, evaluation=evaluation, chart=found, objects=objects
    )
