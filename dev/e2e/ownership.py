"""What tells a namespace of this from one of somebody else."""

from collections.abc import Mapping
from typing import Any

from airflow_k8s.errors import UserError

MARK = "e2e.airflow-platform/made"
"""A label of the git server's namespace. That one is made first and goes last, so it also tells
whose the stack's namespace is, which carries what the stack gives it and no more."""


def refuse(stack: Mapping[str, Any] | None, git: Mapping[str, Any] | None, context: str) -> None:
    """UserError where one of both namespaces is there, and none of this made it."""
    ours = git is not None and MARK in (git["metadata"].get("labels") or {})
    for found in (stack, git):
        if found is not None and not ours:
            name = found["metadata"]["name"]
            raise UserError(
                f"namespace {name} is there in context {context}, and no e2e made it: nothing was"
                " touched"
            )
