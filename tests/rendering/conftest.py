"""The stacks, rendered with the official chart. The committed ones are rendered only once."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.rendering import charts
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.rendering.rendered_stack import RenderedStack, render_config
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.toolchain.helm import find_helm
from tests.conftest import PROGRAM, STACKS, changed_config


def official_chart() -> FoundChart:
    """The chart that the stacks name; skips with the reason if it is not available."""
    try:
        return charts.find_chart(
            Chart(),
            helm=find_helm(print),
            program=PROGRAM,
            explicit=None,
            strict=True,
            notify=print,
        )
    except UserError as problem:
        pytest.skip(str(problem))


@cache
def rendered(stack: str) -> RenderedStack:
    """The committed stack, rendered with the official chart."""
    return rendered_with(stack)


def rendered_with(stack: str, **changes: Any) -> RenderedStack:
    """The committed stack with changed settings, rendered with the official chart."""
    official_chart()
    config = changed_config(stack, **changes)
    return render_config(PROGRAM, config, strict=True, notify=print)


@pytest.fixture(params=STACKS)
def platform(request: pytest.FixtureRequest) -> RenderedStack:
    """Each stack in turn."""
    return rendered(request.param)


def secrets_and_claims(objects: Sequence[Object]) -> tuple[dict[str, set[str]], set[str]]:
    """What pods of a stack can refer to: each Secret with its keys, and the claims."""
    secrets = {o.name: set(o.manifest["stringData"]) for o in objects if o.kind == "Secret"}
    return secrets, {o.name for o in objects if o.kind == "PersistentVolumeClaim"}
