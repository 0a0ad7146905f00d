"""The real stacks, with a setting changed."""

from typing import Any

from diff.difference import Difference, difference
from diff.sides import Side, Sides
from render.platform import Platform, render
from tests.conftest import PROGRAM
from tests.render.conftest import rendered


def side(platform: Platform) -> Side:
    return Side(
        evaluation=platform.evaluation,
        objects=platform.objects,
        charts=[platform.chart],
    )


def with_changed(stack: str, **changes: Any) -> Difference:
    """What these settings do to a stack as it is committed."""
    before = rendered(stack)
    after = render(PROGRAM, stack, strict=True, say=print, changes=changes)
    sides = Sides(
        stack=stack,
        base="0123abc",
        to="",
        before=side(before),
        after=side(after),
        prices=after.settings.prices,
    )
    return difference(sides)
