"""Recognizes the namespaces that an end-to-end test made."""

from collections.abc import Mapping
from typing import Any

from airflow_k8s.errors import UserError

LABEL = "e2e.airflow-platform/made"
"""A label of the git server's namespace.

The stack's own namespace has no such label, because its manifest is that of the program under test.
The git server's namespace is created first and deleted last. So while it exists with this label,
the stack's namespace belongs to the test too."""


def refuse_foreign_namespaces(
    stack: Mapping[str, Any] | None, git: Mapping[str, Any] | None, context: str
) -> None:
    """Raises UserError if one of the two namespaces exists and no end-to-end test made it."""
    ours = git is not None and LABEL in (git["metadata"].get("labels") or {})
    for namespace in (stack, git):
        if namespace is not None and not ours:
            raise UserError(
                f"namespace {namespace['metadata']['name']} exists in context {context}, but e2e"
                " did not create it; nothing was changed"
            )
