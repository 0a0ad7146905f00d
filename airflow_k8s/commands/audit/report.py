"""An audit as a person reads it, and as other programs do. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from airflow_k8s.commands.audit.count import Unexplained, count, failures
from airflow_k8s.commands.audit.exceptions import Accepted, reason
from airflow_k8s.commands.audit.scan import Audited, Failure
from airflow_k8s.commands.audit.targets import CHART
from airflow_k8s.rendering.manifests import TASK_POD

Audit = Mapping[str, Sequence[Audited]]
"""By subject."""


def table(audit: Audit, accepted: Sequence[Accepted]) -> Table:
    """The counts side by side."""
    shown = Table(box=box.MARKDOWN)
    shown.add_column("")
    for column in ("failed checks", "explained", "unexplained", "passed"):
        shown.add_column(column, justify="right")
    for subject, audited, own in rows(audit, accepted):
        counted = count(audited, own)
        numbers = (counted.failed, counted.explained, counted.unexplained, counted.passed)
        shown.add_row(subject, *map(str, numbers))
    return shown


def rows(
    audit: Audit, accepted: Sequence[Accepted]
) -> Iterator[tuple[str, Sequence[Audited], Sequence[Accepted]]]:
    """Each subject, and what is accepted of it: of the chart as it comes nothing, for reasons hold
    of our stacks. Its task pod is apart, since scanners of the chart miss it."""
    for subject, audited in audit.items():
        if subject == CHART:
            yield CHART, [each for each in audited if each.object != TASK_POD], ()
            yield f"{CHART}, {TASK_POD}", [e for e in audited if e.object == TASK_POD], ()
        else:
            yield subject, audited, accepted


def problems(left: Mapping[str, Sequence[Unexplained]], stale: Sequence[str]) -> Iterator[str]:
    """What has to be done: failures of each stack to mend or accept, exceptions to take away."""
    for stack, unexplained in left.items():
        yield f"{stack} fails what no exception explains:"
        width = max(len(each.failure.check) for each in unexplained)
        for each in sorted(unexplained, key=lambda each: (each.failure.check, each.failure.object)):
            yield f"  {each.failure.check:{width}}  {each.failure.words}: {_where(each)}"
    if stale:
        yield "exceptions that nothing needs any more:"
        yield from (f"  {each}" for each in stale)
    if not left and not stale:
        yield "every stack fails only what is accepted"


def as_json(audit: Audit, accepted: Sequence[Accepted], stale: Sequence[str]) -> str:
    """All of it."""
    subjects = {
        subject: vars(counted := count(audited, own))
        | {
            "explained": counted.explained,
            "failures": [_plain(failure, own) for failure in failures(audited)],
        }
        for subject, audited, own in rows(audit, accepted)
    }
    return json.dumps({"subjects": subjects, "stale": list(stale)}, indent=2)


def _where(each: Unexplained) -> str:
    """The object; its containers too, where some of them are not concerned."""
    if list(each.places) == list(each.failure.places):
        return each.failure.object
    containers = (place.removeprefix(f"{each.failure.object}/") for place in each.places)
    return f"{each.failure.object} ({', '.join(containers)})"


def _plain(failure: Failure, accepted: Sequence[Accepted]) -> dict[str, Any]:
    return {
        "check": failure.check,
        "words": failure.words,
        "object": failure.object,
        "places": {place: reason(accepted, failure, place) for place in failure.places},
    }
