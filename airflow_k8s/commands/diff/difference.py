"""What a change does to a stack, as one answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from airflow_k8s.commands.diff.cost import Footprint, footprint
from airflow_k8s.commands.diff.impact.consequence import TITLES, Consequence, Kind
from airflow_k8s.commands.diff.impact.images import images
from airflow_k8s.commands.diff.impact.network import doors, ways
from airflow_k8s.commands.diff.impact.objects import objects
from airflow_k8s.commands.diff.impact.pods import pods
from airflow_k8s.commands.diff.impact.rbac import rights
from airflow_k8s.commands.diff.impact.resources import resources
from airflow_k8s.commands.diff.impact.safeguards import guards
from airflow_k8s.commands.diff.impact.secrets import secrets
from airflow_k8s.commands.diff.pairs import ObjectChange, object_changes
from airflow_k8s.commands.diff.revisions import Rendering, Side, Sides, both
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.cluster import Prices

_PROVIDER = "pulumi:providers:kubernetes"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A stack at a revision and in the checkout."""

    stack: str
    base: str  # the revision, in words
    to: str  # the other one; empty for the checkout
    is_new: bool  # the revision had no such stack
    changes: Sequence[ObjectChange]
    consequences: Sequence[Consequence]  # the worst first
    objects: int  # that there are now
    before: Footprint
    after: Footprint
    prices: Prices
    chart: str  # the version that is rendered now
    stand_in_reason: str  # why a chart is not the one that was asked for; empty where all are

    def count(self, what: Literal["added", "removed", "changed"]) -> int:
        """How many objects come, go or differ."""
        return sum(each.what == what for each in self.changes)

    def of(self, *kinds: Kind) -> list[Consequence]:
        """The consequences of these kinds."""
        return [each for each in self.consequences if each.kind in kinds]


def between(
    program: Path, stack: str, base: str, rendering: Rendering, *, to: str = ""
) -> Difference:
    """The stack at the git revision against the checkout, what is not committed included, or
    against the revision `to`.

    Raises UserError for what a person can mend, and pulumi.RunError for wrong settings of now.
    """
    return difference(both(program, stack, base, rendering, to=to))


def difference(sides: Sides) -> Difference:
    """What the two sides come to."""
    before = sides.before.objects if sides.before else []
    after = sides.after.objects
    changes = object_changes(before, after)
    return Difference(
        stack=sides.stack,
        base=sides.base,
        to=sides.to,
        is_new=sides.before is None,
        changes=changes,
        consequences=_consequences(sides, changes) if sides.before else [],
        objects=len(after),
        before=footprint(before),
        after=footprint(after),
        prices=sides.prices,
        chart=", ".join(each.version for each in sides.after.charts),
        stand_in_reason=_stand_in(sides),
    )


def _consequences(sides: Sides, changes: Sequence[ObjectChange]) -> list[Consequence]:
    before, after = sides.before, sides.after
    assert before  # noqa: S101 else nothing is compared
    found = [
        *resources(before.evaluation, after.evaluation),
        *objects(
            changes,
            secrets_mutable=_option(after.evaluation, "enableSecretMutable"),
            config_maps_mutable=_option(after.evaluation, "enableConfigMapMutable"),
        ),
        *secrets(changes),
        *pods(changes),
        *images(before.objects, after.objects),
        *_charts(before, after),
        *rights(before.objects, after.objects),
        *ways(before.objects, after.objects),
        *doors(changes),
        *guards(changes),
    ]
    order = list(TITLES)
    return sorted(found, key=lambda each: order.index(each.kind))


def _charts(before: Side, after: Side) -> list[Consequence]:
    was, now = (", ".join(each.version for each in side.charts) for side in (before, after))
    if was == now:
        return []
    return [Consequence(kind="chart", subject="airflow", words=f"from {was} to {now}")]


def _option(evaluation: Evaluation, name: str) -> bool:
    """An option of the Kubernetes provider; it arrives as text or as a boolean."""
    return any(
        str(each.inputs.get(name, "")).lower() == "true"
        for each in evaluation.resources
        if each.type == _PROVIDER
    )


def _stand_in(sides: Sides) -> str:
    every = [*(sides.before.charts if sides.before else ()), *sides.after.charts]
    return next((each.stand_in_reason for each in every if each.is_stand_in), "")
