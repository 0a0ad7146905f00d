"""Whose a namespace is."""

from typing import Any

import pytest

from airflow_k8s.errors import UserError
from dev.e2e.ownership import MARK, refuse


def namespace(name: str, **labels: str) -> Any:
    return {"metadata": {"name": name, "labels": labels}}


OURS = namespace("git", **{MARK: "true"})


@pytest.mark.parametrize(("stack", "git"), [(None, None), (None, OURS), (namespace("stack"), OURS)])
def test_nothing_or_what_was_made_by_this_is_fine(stack: Any, git: Any) -> None:
    refuse(stack, git, "here")


@pytest.mark.parametrize(
    ("stack", "git", "told"),
    [
        (namespace("stack"), None, "stack"),
        (None, namespace("git"), "git"),
        (namespace("stack"), namespace("git"), "stack"),
    ],
)
def test_what_is_there_and_of_somebody_else_is_refused(stack: Any, git: Any, told: str) -> None:
    with pytest.raises(UserError, match=f"namespace {told} is there in context here"):
        refuse(stack, git, "here")
