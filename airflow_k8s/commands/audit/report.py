"""The result of an audit: a table, a list of problems, and JSON. Pure."""

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
"""Name of a target -> its objects."""


def table(audit: Audit, accepted: Sequence[Accepted]) -> Table:
    """A table with one row for every target: how many checks failed and passed."""
    shown = Table(box=box.MARKDOWN)
    shown.add_column("")
    for column in ("failed checks", "explained", "unexplained", "passed"):
        shown.add_column(column, justify="right")
    for target, audited, applicable in rows(audit, accepted):
        counted = count(audited, applicable)
        numbers = (counted.failed, counted.explained, counted.unexplained, counted.passed)
        shown.add_row(target, *map(str, numbers))
    return shown


def rows(
    audit: Audit, accepted: Sequence[Accepted]
) -> Iterator[tuple[str, Sequence[Audited], Sequence[Accepted]]]:
    """The targets with their objects and the exceptions that apply to them.

    No exception applies to the chart with its default values: the reasons are about our stacks. Its
    task pod has its own row, because scanners of the chart do not see that pod.
    """
    for target, audited in audit.items():
        if target == CHART:
            yield CHART, [found for found in audited if found.object != TASK_POD], ()
            yield (
                f"{CHART}, {TASK_POD}",
                [found for found in audited if found.object == TASK_POD],
                (),
            )
        else:
            yield target, audited, accepted


def problems(remaining: Mapping[str, Sequence[Unexplained]], stale: Sequence[str]) -> Iterator[str]:
    """Yields a line for every failure without an exception and for every exception to remove."""
    for stack, unexplained in remaining.items():
        yield f"{stack} fails checks that no exception accepts:"
        width = max(len(failed.failure.check) for failed in unexplained)
        for failed in sorted(unexplained, key=lambda f: (f.failure.check, f.failure.object)):
            failure = failed.failure
            yield f"  {failure.check:{width}}  {failure.message}: {_object_text(failed)}"
    if stale:
        yield "exceptions that match no failure:"
        yield from (f"  {exception}" for exception in stale)
    if not remaining and not stale:
        yield "exceptions accept every failed check"


def as_json(audit: Audit, accepted: Sequence[Accepted], stale: Sequence[str]) -> str:
    """The complete result as JSON."""
    results = {
        target: vars(counted := count(audited, applicable))
        | {
            "explained": counted.explained,
            "failures": [_failure_json(failure, applicable) for failure in failures(audited)],
        }
        for target, audited, applicable in rows(audit, accepted)
    }
    return json.dumps({"targets": results, "stale": list(stale)}, indent=2)


def _object_text(failed: Unexplained) -> str:
    """The name of the object, and the containers that fail if not all of them do."""
    name = failed.failure.object
    if list(failed.places) == list(failed.failure.places):
        return name
    containers = (place.removeprefix(f"{name}/") for place in failed.places)
    return f"{name} ({', '.join(containers)})"


def _failure_json(failure: Failure, accepted: Sequence[Accepted]) -> dict[str, Any]:
    return {
        "check": failure.check,
        "message": failure.message,
        "object": failure.object,
        "places": {place: reason(accepted, failure, place) for place in failure.places},
    }
