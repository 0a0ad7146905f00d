"""The outcome of applying one resource."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_k8s.commands.rehearse.report import Action


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What happened to a resource, and the object whose fields the program gets as outputs."""

    action: Action
    message: str = ""
    loses_data: bool = False
    state: Mapping[str, Any] = field(default_factory=dict)
