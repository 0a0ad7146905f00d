"""Whether a namespace belongs to an end-to-end test."""

from typing import Any

import pytest

from airflow_k8s.errors import UserError
from dev.e2e.ownership import LABEL, refuse_foreign_namespaces


def namespace(name: str, **labels: str) -> Any:
    return {"metadata": {"name": name, "labels": labels}}


OURS = namespace("git", **{LABEL: "true"})


@pytest.mark.parametrize(("stack", "git"), [(None, None), (None, OURS), (namespace("stack"), OURS)])
def test_missing_namespaces_and_those_of_a_test_are_accepted(stack: Any, git: Any) -> None:
    refuse_foreign_namespaces(stack, git, "here")


@pytest.mark.parametrize(
    ("stack", "git", "name"),
    [
        (namespace("stack"), None, "stack"),
        (None, namespace("git"), "git"),
        (namespace("stack"), namespace("git"), "stack"),
    ],
)
def test_a_namespace_that_no_test_created_is_refused(stack: Any, git: Any, name: str) -> None:
    with pytest.raises(UserError, match=f"namespace {name} exists in context here"):
        refuse_foreign_namespaces(stack, git, "here")
