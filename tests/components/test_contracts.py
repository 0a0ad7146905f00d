"""Rules that every component follows."""

import inspect
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_origin

import pulumi
import pytest

import components
from airflow_k8s.rendering.resources import Evaluation
from tests.conftest import evaluated

MODULES = [
    import_module(f"components.{module.name}") for module in iter_modules(components.__path__)
]
CLASSES = {
    name: thing
    for module in MODULES
    for name, thing in vars(module).items()
    if inspect.isclass(thing) and thing.__module__ == module.__name__
}
ALL = {name: c for name, c in CLASSES.items() if issubclass(c, pulumi.ComponentResource)}
ARGS = {name: c for name, c in CLASSES.items() if name.endswith("Args")}
PREFIX = "airflow-platform:components:"


@pytest.fixture(scope="module")
def everything(dev: Evaluation, prod: Evaluation) -> list[Evaluation]:
    """Evaluations that create every component at least once."""
    return [dev, prod]


def test_every_component_is_created_by_a_stack(everything: list[Evaluation]) -> None:
    made = {r.type.removeprefix(PREFIX) for e in everything for r in e.resources}
    assert set(ALL) <= made


def test_the_type_token_of_a_component_is_its_class_name(everything: list[Evaluation]) -> None:
    for r in (r for e in everything for r in e.resources if not r.custom):
        assert r.type.startswith(PREFIX)
        assert r.type.removeprefix(PREFIX) in ALL


def test_the_name_of_a_child_begins_with_the_name_of_its_component(
    everything: list[Evaluation],
) -> None:
    for evaluation in everything:
        by_urn = {r.urn: r for r in evaluation.resources}
        for r in evaluation.resources:
            if r.custom and not r.type.startswith("pulumi:providers:"):
                parent = by_urn[r.parent]
                assert parent.type.startswith(PREFIX), f"{r.name} has no component as parent"
                assert r.name.startswith(f"{parent.name}-"), (
                    "the name of a child begins with its parent's name"
                )


def test_the_registered_outputs_are_those_that_are_annotated(everything: list[Evaluation]) -> None:
    for evaluation in everything:
        for r in evaluation.resources:
            if r.type.startswith(PREFIX):
                hints = inspect.get_annotations(ALL[r.type.removeprefix(PREFIX)])
                annotated = {n for n, h in hints.items() if get_origin(h) is pulumi.Output}
                assert annotated, f"{r.type} has no output"
                assert set(evaluation.outputs[r.urn]) == annotated, r.type


@pytest.mark.parametrize("component", ALL.values(), ids=ALL.keys())
def test_a_component_has_the_parameters_name_args_and_opts(component: Any) -> None:
    assert list(inspect.signature(component.__init__).parameters) == [
        "self",
        "name",
        "args",
        "opts",
    ]
    assert component.__doc__


@pytest.mark.parametrize("args", ARGS.values(), ids=ARGS.keys())
def test_args_are_frozen_and_keyword_only(args: Any) -> None:
    assert args.__dataclass_params__.frozen
    assert all(f.kw_only for f in args.__dataclass_fields__.values())


def test_there_are_components_and_args() -> None:
    assert len(ALL) >= 14
    assert len(ARGS) >= 13


def test_a_component_itself_has_no_inputs() -> None:
    # The inputs of a component are registered in clear text.
    for r in evaluated("dev").resources:
        if not r.custom:
            assert r.inputs == {}
