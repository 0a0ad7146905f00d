"""A stack at two revisions: evaluated by each revision's own code, rendered by today's."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_k8s.console.project import stack_names
from airflow_k8s.errors import UserError
from airflow_k8s.rendering import charts, revision
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.isolated import evaluating, python_for
from airflow_k8s.rendering.manifests import CHART, Object, Release, declared, in_chart, releases
from airflow_k8s.rendering.rendered_stack import render, template
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.cluster import Prices
from airflow_k8s.stack.stack_file import settings_in, stack_config
from airflow_k8s.toolchain.helm import find_helm


@dataclass(frozen=True, kw_only=True)
class RenderedRevision:
    """A stack at one revision, evaluated and rendered."""

    evaluation: Evaluation
    objects: Sequence[Object]
    charts: Sequence[FoundChart]


@dataclass(frozen=True, kw_only=True)
class RevisionPair:
    """A stack at two revisions."""

    stack: str
    base: str  # the revision before, as git abbreviates it
    to: str  # the revision after; empty for the checkout
    before: RenderedRevision | None  # None if the revision had no such stack
    after: RenderedRevision
    prices: Prices  # of the checkout, for both sides


@dataclass(frozen=True, kw_only=True)
class RenderOptions:
    """How the charts of both revisions are found."""

    chart: Path | None = None  # an archive or folder to use instead of looking for one
    strict: bool = False  # no stand-in for a chart that is not available
    notify: Callable[[str], None]


def render_pair(
    program: Path, stack: str, base: str, options: RenderOptions, *, to: str = ""
) -> RevisionPair:
    """The stack at the git revision `base`, and at the revision `to`.

    Without `to` it is the checkout, with its uncommitted changes. A revision is evaluated by its
    own code, settings and packages; today's code renders both.

    Raises UserError if a revision, a stack or a chart is not available or the program of a
    revision fails, and pulumi.RunError for wrong settings of the checkout.
    """
    with ExitStack() as contexts:
        # The evaluation of a revision runs in a process of its own while the other side renders.
        render_before = contexts.enter_context(_revision(program, stack, base, options))
        if to:
            render_after = contexts.enter_context(_revision(program, stack, to, options))
            if render_after is None:
                raise UserError(f"there is no stack {stack} at {to}")
            after = render_after(None)
            prices = settings_in(stack_config(program, stack), program).prices
        else:
            after, prices = _checkout(program, stack, options)
        return RevisionPair(
            stack=stack,
            base=revision.short(program, base),
            to=revision.short(program, to) if to else "",
            before=render_before(after) if render_before else None,
            after=after,
            prices=prices,
        )


def _checkout(program: Path, stack: str, options: RenderOptions) -> tuple[RenderedRevision, Prices]:
    platform = render(
        program, stack, chart=options.chart, strict=options.strict, notify=options.notify
    )
    rendered = RenderedRevision(
        evaluation=platform.evaluation, objects=platform.objects, charts=[platform.chart]
    )
    return rendered, platform.settings.prices


@contextmanager
def _revision(
    program: Path, stack: str, name: str, options: RenderOptions
) -> Generator[Callable[[RenderedRevision | None], RenderedRevision] | None]:
    """Starts to evaluate the stack at a revision.

    Yields a function that waits for the evaluation and renders it; its argument is the other side,
    if that is rendered already. Yields None if the revision has no such stack.
    """
    with revision.checked_out(program, name) as folder:
        if stack not in stack_names(folder):
            yield None
            return
        short = revision.short(program, name)
        with _errors_name(short):
            config = stack_config(folder, stack)
            python = python_for(folder, options.notify)
        with evaluating(python, folder, config) as wait:

            def finish(other: RenderedRevision | None) -> RenderedRevision:
                with _errors_name(short):
                    evaluation = wait()
                return _rendered(evaluation, folder, other, options)

            yield finish


@contextmanager
def _errors_name(revision: str) -> Generator[None]:
    """Adds the revision to the message of a UserError."""
    try:
        yield
    except UserError as error:
        raise UserError(f"at {revision}: {error}") from error


def _rendered(
    evaluation: Evaluation, program: Path, other: RenderedRevision | None, options: RenderOptions
) -> RenderedRevision:
    objects, found_charts = declared(evaluation), list[FoundChart]()
    tool = find_helm(options.notify)
    for release in releases(evaluation):
        chart = charts.find_chart(
            release.chart,
            helm=tool,
            program=program,
            explicit=options.chart,
            strict=options.strict,
            notify=options.notify,
        )
        found_charts.append(chart)
        manifests = _rendered_by_other(release, chart, other) if other else None
        objects += in_chart(
            release, template(tool, chart, release) if manifests is None else manifests
        )
    return RenderedRevision(evaluation=evaluation, objects=objects, charts=found_charts)


def _rendered_by_other(
    release: Release, chart: FoundChart, other: RenderedRevision
) -> list[Mapping[str, Any]] | None:
    """The manifests of the other side's release, if it has the same chart and values.

    Another rendering would take time, and the chart would generate its random texts again.
    """
    for candidate in releases(other.evaluation):
        if candidate.inputs == release.inputs and chart in other.charts:
            return [
                obj.manifest
                for obj in other.objects
                if obj.component == candidate.component and obj.origin == CHART
            ]
    return None
