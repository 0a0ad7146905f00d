"""The real stacks, with changed settings."""

from typing import Any

from airflow_k8s.commands.diff.difference import Difference, compare
from airflow_k8s.commands.diff.revisions import RenderedRevision, RevisionPair
from airflow_k8s.rendering.rendered_stack import RenderedStack
from tests.rendering.conftest import rendered, rendered_with


def revision(platform: RenderedStack) -> RenderedRevision:
    return RenderedRevision(
        evaluation=platform.evaluation,
        objects=platform.objects,
        charts=[platform.chart],
    )


def with_changed(stack: str, **changes: Any) -> Difference:
    """Compares the stack as it is committed with the same stack after the settings changed."""
    before = rendered(stack)
    after = rendered_with(stack, **changes)
    pair = RevisionPair(
        stack=stack,
        base="0123abc",
        to="",
        before=revision(before),
        after=revision(after),
        prices=after.settings.prices,
    )
    return compare(pair)
