"""Settings of the policy rules."""

from dataclasses import dataclass
from typing import Annotated, Literal

from airflow_k8s.stack.settings.schema import ValueRule, setting
from airflow_k8s.stack.settings.types import IsoDate, NonEmptyText, ObjectName, PositiveInt


@dataclass(frozen=True, kw_only=True)
class PolicyException:
    """A policy rule that is not applied to an object, with a reason and an end date."""

    rule: NonEmptyText = setting("rule, such as image-pinned")
    object: NonEmptyText = setting(
        "kind and name, such as Deployment/airflow-statsd, or task pod; * matches any text"
    )
    reason: Annotated[
        str,
        ValueRule(
            expected="a reason of ten letters or more", accepts=lambda text: len(text.strip()) >= 10
        ),
    ] = setting("reason for the exception")
    expires: IsoDate = setting("last day of the exception")


Level = Literal["off", "advisory", "mandatory"]


@dataclass(frozen=True, kw_only=True)
class Policies:
    """Which policy rules apply to the stack."""

    production: bool = setting(
        "also apply the rules for production: replicas, disruption budgets, spread, protection",
        False,
    )
    levels: dict[str, Level] = setting(
        "level for a rule, by the rule's name, that replaces its default level", {}
    )
    exceptions: tuple[PolicyException, ...] = setting(
        "exceptions from rules, every one with an end date", ()
    )
    registries: tuple[NonEmptyText, ...] = setting(
        "registries, or folders of registries, that images may come from; if image.registry is set,"
        " the default is that mirror only",
        ("docker.io", "ghcr.io", "quay.io", "registry.k8s.io"),
    )
    replicas: PositiveInt = setting(
        "production: smallest number of pods of the API server and the scheduler", 2
    )
    existing_secrets: tuple[ObjectName, ...] = setting(
        "Secrets in the namespace that chart values refer to and that the stack does not create", ()
    )
