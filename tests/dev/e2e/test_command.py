"""The command line: what is refused before any cluster is contacted."""

from typer import Typer
from typer.testing import CliRunner

from airflow_k8s.errors import UserError
from dev.e2e.command import e2e
from dev.e2e.step_runner import STEPS

APP = Typer()
APP.command()(e2e)


def error_of(*arguments: str) -> str:
    result = CliRunner().invoke(APP, arguments)
    assert isinstance(result.exception, UserError)
    return str(result.exception)


def test_an_unknown_step_is_refused_with_the_list_of_steps() -> None:
    error = error_of("--only", "pipeline,nonsense")
    assert "nonsense" in error
    assert all(step in error for step in STEPS)


def test_an_image_without_a_tag_is_refused() -> None:
    assert "mine" in error_of("--tasks-image", "mine")
