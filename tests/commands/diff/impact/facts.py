"""Facts of consequences that tests compare."""

from collections.abc import Iterable

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Reason


def kinds(found: Iterable[Consequence]) -> list[Kind]:
    return [consequence.kind for consequence in found]


def reasons(found: Iterable[Consequence]) -> list[tuple[Kind, Reason | None]]:
    return [(consequence.kind, consequence.reason) for consequence in found]


def messages(found: Iterable[Consequence]) -> list[tuple[str, str]]:
    return [(consequence.subject, consequence.message) for consequence in found]
