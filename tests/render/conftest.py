"""The real charts: rendered once for each stack."""

from collections.abc import Sequence
from functools import cache

import pytest

from render import charts
from render.helm import find_helm
from render.objects import Object
from render.platform import Platform, render
from settings.model import Chart
from tests.conftest import PROGRAM, STACKS
from tools.problem import Problem


def official_chart() -> charts.FoundChart:
    """The chart that the stacks name; skips with the reason where it can't be had."""
    try:
        return charts.find_chart(
            Chart(),
            helm=find_helm(print),
            program=PROGRAM,
            explicit=None,
            strict=True,
            say=print,
        )
    except Problem as problem:
        pytest.skip(str(problem))


@cache
def rendered(stack: str) -> Platform:
    """The stack with the real chart."""
    official_chart()
    return render(PROGRAM, stack, strict=True, say=print)


@pytest.fixture(params=STACKS)
def platform(request: pytest.FixtureRequest) -> Platform:
    """Each stack in turn."""
    return rendered(request.param)


def secrets_and_claims(objects: Sequence[Object]) -> tuple[dict[str, set[str]], set[str]]:
    """What pods of a stack can refer to: each Secret with its keys, and the claims."""
    secrets = {o.name: set(o.manifest["stringData"]) for o in objects if o.kind == "Secret"}
    return secrets, {o.name for o in objects if o.kind == "PersistentVolumeClaim"}
