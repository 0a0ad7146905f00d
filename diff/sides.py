"""The two sides of a comparison: a stack at a revision, and as it is in the checkout."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render import charts, helm, revision
from render.apart import evaluating, python_for
from render.evaluate import Evaluation
from render.objects import Object, Release, declared, in_chart, releases
from render.platform import Platform, render, template
from render.stack import stack_config, stacks
from settings.model import Settings
from tools.problem import Problem


@dataclass(frozen=True, kw_only=True)
class Side:
    """A stack, evaluated and rendered."""

    called: str  # the revision, in words
    evaluation: Evaluation
    objects: Sequence[Object]
    charts: Sequence[charts.FoundChart]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Both of them, and the settings of today."""

    stack: str
    before: Side | None  # None: the revision had no such stack
    base: str  # the revision, in words
    after: Side
    settings: Settings


def both(
    program: Path,
    stack: str,
    base: str,
    *,
    chart: Path | None = None,
    strict: bool = False,
    say: Callable[[str], None],
) -> Sides:
    """The stack at the git revision, by its own code, settings and packages; and as it is now, what
    is not committed included. Both are rendered by today's renderer.

    Raises Problem for what a person can mend, and pulumi.RunError for wrong settings of now.
    """
    with revision.checked_out(program, base) as folder:
        told = revision.short(program, base)
        if stack not in stacks(folder):
            now = _now(render(program, stack, chart=chart, strict=strict, say=say))
            return Sides(stack=stack, before=None, base=told, after=now[0], settings=now[1])
        with _about(told):
            config = stack_config(folder, stack)
            python = python_for(folder, say)
        with evaluating(python, folder, config) as wait:
            after, settings = _now(render(program, stack, chart=chart, strict=strict, say=say))
            with _about(told):
                evaluation = wait()
        before = _then(told, evaluation, folder, after, chart=chart, strict=strict, say=say)
    return Sides(stack=stack, before=before, base=told, after=after, settings=settings)


@contextmanager
def _about(revision: str) -> Generator[None]:
    try:
        yield
    except Problem as problem:
        raise Problem(f"at {revision}: {problem}") from problem


def _now(platform: Platform) -> tuple[Side, Settings]:
    side = Side(
        called="now",
        evaluation=platform.evaluation,
        objects=platform.objects,
        charts=[platform.chart],
    )
    return side, platform.settings


def _then(
    called: str,
    evaluation: Evaluation,
    program: Path,
    after: Side,
    *,
    chart: Path | None,
    strict: bool,
    say: Callable[[str], None],
) -> Side:
    objects, found = declared(evaluation), list[charts.FoundChart]()
    tool = helm.find_helm(say)
    for release in releases(evaluation):
        which = charts.find_chart(
            release.chart, helm=tool, program=program, explicit=chart, strict=strict, say=say
        )
        found.append(which)
        same = _rendered_already(release, which, after)
        objects += in_chart(release, template(tool, which, release) if same is None else same)
    return Side(called=called, evaluation=evaluation, objects=objects, charts=found)


def _rendered_already(
    release: Release, which: charts.FoundChart, after: Side
) -> list[Mapping[str, Any]] | None:
    """What today's release was rendered to, where it is the same: another rendering takes time
    and makes what the chart invents by chance anew."""
    for other in releases(after.evaluation):
        if other.inputs == release.inputs and which in after.charts:
            return [
                each.manifest
                for each in after.objects
                if each.component == other.component and each.origin == "chart"
            ]
    return None
