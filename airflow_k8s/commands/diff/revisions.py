"""The two sides of a comparison: a stack at a revision, and as it is in the checkout."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_k8s.errors import UserError
from airflow_k8s.rendering import charts, revision
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.isolated import evaluating, python_for
from airflow_k8s.rendering.manifests import CHART, Object, Release, declared, in_chart, releases
from airflow_k8s.rendering.rendered_stack import render, template
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.cluster import Prices
from airflow_k8s.stack.stack_file import settings_in, stack_config, stacks
from airflow_k8s.toolchain.helm import find_helm


@dataclass(frozen=True, kw_only=True)
class Side:
    """A stack, evaluated and rendered."""

    evaluation: Evaluation
    objects: Sequence[Object]
    charts: Sequence[FoundChart]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Both of them, and what the stack is priced with today."""

    stack: str
    base: str  # the revision, in words
    to: str  # the other one; empty for the checkout
    before: Side | None  # None: the revision had no such stack
    after: Side
    prices: Prices


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """How charts are found, for both sides alike."""

    chart: Path | None = None  # instead of looking for it
    strict: bool = False  # refuses the stand-in
    notify: Callable[[str], None]


def both(program: Path, stack: str, base: str, rendering: Rendering, *, to: str = "") -> Sides:
    """The stack at the git revision, by its own code, settings and packages; and as it is in the
    checkout, what is not committed included, or at the revision `to`. Both are rendered by today's
    renderer.

    Raises UserError for what a person can mend, and pulumi.RunError for wrong settings of now.
    """
    with ExitStack() as contexts:
        before = contexts.enter_context(_past(program, stack, base, rendering))
        if to:
            other = contexts.enter_context(_past(program, stack, to, rendering))
            if other is None:
                raise UserError(f"there is no stack {stack} at {to}")
            after = other(None)
            prices = settings_in(stack_config(program, stack), program).prices
        else:
            after, prices = _now(program, stack, rendering)
        return Sides(
            stack=stack,
            base=revision.short(program, base),
            to=revision.short(program, to) if to else "",
            before=before(after) if before else None,
            after=after,
            prices=prices,
        )


def _now(program: Path, stack: str, how: Rendering) -> tuple[Side, Prices]:
    platform = render(program, stack, chart=how.chart, strict=how.strict, notify=how.notify)
    side = Side(evaluation=platform.evaluation, objects=platform.objects, charts=[platform.chart])
    return side, platform.settings.prices


@contextmanager
def _past(
    program: Path, stack: str, wanted: str, how: Rendering
) -> Generator[Callable[[Side | None], Side] | None]:
    """Starts to evaluate the stack at a revision; what it yields waits for that and renders it,
    next to another side. None where the revision has no such stack."""
    with revision.checked_out(program, wanted) as folder:
        if stack not in stacks(folder):
            yield None
            return
        told = revision.short(program, wanted)
        with _about(told):
            config = stack_config(folder, stack)
            python = python_for(folder, how.notify)
        with evaluating(python, folder, config) as wait:

            def side(beside: Side | None) -> Side:
                with _about(told):
                    evaluation = wait()
                return _rendered(evaluation, folder, beside, how)

            yield side


@contextmanager
def _about(revision: str) -> Generator[None]:
    try:
        yield
    except UserError as problem:
        raise UserError(f"at {revision}: {problem}") from problem


def _rendered(evaluation: Evaluation, program: Path, beside: Side | None, how: Rendering) -> Side:
    objects, found = declared(evaluation), list[FoundChart]()
    tool = find_helm(how.notify)
    for release in releases(evaluation):
        which = charts.find_chart(
            release.chart,
            helm=tool,
            program=program,
            explicit=how.chart,
            strict=how.strict,
            notify=how.notify,
        )
        found.append(which)
        same = _rendered_already(release, which, beside) if beside else None
        objects += in_chart(release, template(tool, which, release) if same is None else same)
    return Side(evaluation=evaluation, objects=objects, charts=found)


def _rendered_already(
    release: Release, which: FoundChart, beside: Side
) -> list[Mapping[str, Any]] | None:
    """What the other side's release was rendered to, where it is the same: another rendering takes
    time and makes what the chart invents by chance anew."""
    for other in releases(beside.evaluation):
        if other.inputs == release.inputs and which in beside.charts:
            return [
                each.manifest
                for each in beside.objects
                if each.component == other.component and each.origin == CHART
            ]
    return None
