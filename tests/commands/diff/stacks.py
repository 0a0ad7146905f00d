"""The real stacks, with a setting changed."""

from typing import Any

from airflow_k8s.commands.diff.difference import Difference, difference
from airflow_k8s.commands.diff.revisions import Side, Sides
from airflow_k8s.rendering.rendered_stack import RenderedStack
from tests.rendering.conftest import rendered, rendered_with


def side(platform: RenderedStack) -> Side:
    return Side(
        evaluation=platform.evaluation,
        objects=platform.objects,
        charts=[platform.chart],
    )


def with_changed(stack: str, **changes: Any) -> Difference:
    """What these settings do to a stack as it is committed."""
    before = rendered(stack)
    after = rendered_with(stack, **changes)
    sides = Sides(
        stack=stack,
        base="0123abc",
        to="",
        before=side(before),
        after=side(after),
        prices=after.settings.prices,
    )
    return difference(sides)
