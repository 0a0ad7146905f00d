"""The command line: what is refused before any cluster is contacted."""

from typer import Typer
from typer.testing import CliRunner

from airflow_k8s.errors import UserError
from dev.e2e.command import e2e
from dev.e2e.step_runner import STEPS, choose_steps

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


def test_all_steps_run_by_default() -> None:
    assert choose_steps("") == list(STEPS)


def test_the_step_up_runs_before_the_chosen_ones_in_their_fixed_order() -> None:
    assert choose_steps("kills, pipeline") == ["up", "pipeline", "kills"]
