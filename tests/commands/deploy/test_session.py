"""How a user is asked to confirm."""

import pytest
from rich.console import Console

from airflow_k8s.commands.deploy.session import Session
from airflow_k8s.errors import UserError
from tests.conftest import PROGRAM


def session(answer: str, *, yes: bool = False) -> Session:
    def ask(_question: str) -> str:
        return answer

    return Session(program=PROGRAM, stack="prod", out=Console(quiet=True), yes=yes, ask=ask)


def test_a_production_stack_is_confirmed_by_its_name() -> None:
    session("prod").confirm("go", by_name=True)
    for answer in ("y", "yes", "dev", ""):
        with pytest.raises(UserError, match="nothing was changed"):
            session(answer).confirm("go", by_name=True)


def test_any_other_stack_is_confirmed_by_y() -> None:
    session("y").confirm("go", by_name=False)
    with pytest.raises(UserError):
        session("").confirm("go", by_name=False)


def test_the_end_of_the_input_means_no() -> None:
    def ask(_question: str) -> str:
        raise EOFError

    with pytest.raises(UserError):
        Session(program=PROGRAM, stack="dev", out=Console(quiet=True), ask=ask).confirm(
            "go", by_name=False
        )


def test_no_question_is_asked_with_the_option_yes() -> None:
    session("no", yes=True).confirm("go", by_name=True)
