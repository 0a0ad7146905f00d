"""What a change does to a stack: its objects, their consequences, and what it requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow_k8s.commands.diff.cost import Footprint, footprint
from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind
from airflow_k8s.commands.diff.impact.images import image_consequences
from airflow_k8s.commands.diff.impact.network import exposure_consequences, policy_consequences
from airflow_k8s.commands.diff.impact.objects import object_consequences
from airflow_k8s.commands.diff.impact.pods import pod_consequences
from airflow_k8s.commands.diff.impact.rbac import permission_consequences
from airflow_k8s.commands.diff.impact.resources import resource_consequences
from airflow_k8s.commands.diff.impact.safeguards import safeguard_consequences
from airflow_k8s.commands.diff.impact.secrets import secret_consequences
from airflow_k8s.commands.diff.pairs import Action, ObjectChange, object_changes
from airflow_k8s.commands.diff.revisions import (
    RenderedRevision,
    RenderOptions,
    RevisionPair,
    render_pair,
)
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.cluster import Prices

_PROVIDER = "pulumi:providers:kubernetes"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A stack at two revisions, compared."""

    stack: str
    base: str  # the revision before, as git abbreviates it
    to: str  # the revision after; empty for the checkout
    is_new: bool  # the revision before had no such stack
    changes: Sequence[ObjectChange]
    consequences: Sequence[Consequence]  # the most severe first
    objects: int  # the number of objects after the change
    before: Footprint
    after: Footprint
    prices: Prices
    chart: str  # its version after the change
    stand_in_reason: str  # why a side has a stand-in chart; empty if none has

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not self.changes and not self.consequences

    def count(self, action: Action) -> int:
        """The number of objects with that action."""
        return sum(change.action is action for change in self.changes)

    def of(self, *kinds: Kind) -> list[Consequence]:
        """The consequences of these kinds."""
        return [consequence for consequence in self.consequences if consequence.kind in kinds]


def compare_revisions(
    program: Path, stack: str, base: str, options: RenderOptions, *, to: str = ""
) -> Difference:
    """Compares the stack at the git revision `base` with the revision `to`, or with the checkout.

    Raises the errors of `revisions.render_pair`.
    """
    return compare(render_pair(program, stack, base, options, to=to))


def compare(pair: RevisionPair) -> Difference:
    """Compares the two sides. A new stack has no consequences."""
    before = pair.before.objects if pair.before else []
    after = pair.after.objects
    changes = object_changes(before, after)
    return Difference(
        stack=pair.stack,
        base=pair.base,
        to=pair.to,
        is_new=pair.before is None,
        changes=changes,
        consequences=_consequences(pair.before, pair.after, changes) if pair.before else [],
        objects=len(after),
        before=footprint(before),
        after=footprint(after),
        prices=pair.prices,
        chart=_versions(pair.after),
        stand_in_reason=_stand_in_reason(pair),
    )


def _consequences(
    before: RenderedRevision, after: RenderedRevision, changes: Sequence[ObjectChange]
) -> list[Consequence]:
    found = [
        *resource_consequences(before.evaluation, after.evaluation),
        *object_consequences(
            changes,
            secrets_mutable=_provider_option(after.evaluation, "enableSecretMutable"),
            config_maps_mutable=_provider_option(after.evaluation, "enableConfigMapMutable"),
        ),
        *secret_consequences(changes),
        *pod_consequences(changes),
        *image_consequences(before.objects, after.objects),
        *_chart_consequences(before, after),
        *permission_consequences(before.objects, after.objects),
        *policy_consequences(before.objects, after.objects),
        *exposure_consequences(changes),
        *safeguard_consequences(changes),
    ]
    order = list(Kind)
    return sorted(found, key=lambda consequence: order.index(consequence.kind))


def _chart_consequences(before: RenderedRevision, after: RenderedRevision) -> list[Consequence]:
    old, new = _versions(before), _versions(after)
    if old == new:
        return []
    return [Consequence(kind=Kind.CHART, subject="airflow", message=f"from {old} to {new}")]


def _versions(side: RenderedRevision) -> str:
    return ", ".join(chart.version for chart in side.charts)


def _provider_option(evaluation: Evaluation, name: str) -> bool:
    """Whether an option of the Kubernetes provider is on; it arrives as a text or as a boolean."""
    return any(
        str(resource.inputs.get(name, "")).lower() == "true"
        for resource in evaluation.resources
        if resource.type == _PROVIDER
    )


def _stand_in_reason(pair: RevisionPair) -> str:
    charts = [*(pair.before.charts if pair.before else ()), *pair.after.charts]
    return next((chart.stand_in_reason for chart in charts if chart.is_stand_in), "")
