"""How a person is asked."""

import pytest
from rich.console import Console

from airflow_k8s.commands.deploy.session import Terms
from airflow_k8s.errors import UserError
from tests.conftest import PROGRAM


def terms(answer: str, *, yes: bool = False) -> Terms:
    def ask(_question: str) -> str:
        return answer

    return Terms(program=PROGRAM, stack="prod", out=Console(quiet=True), yes=yes, ask=ask)


def test_what_matters_takes_the_stacks_name_for_a_yes() -> None:
    terms("prod").confirm("go", by_name=True)
    for answer in ("y", "yes", "dev", ""):
        with pytest.raises(UserError, match="nothing was changed"):
            terms(answer).confirm("go", by_name=True)


def test_for_the_rest_a_y_will_do() -> None:
    terms("y").confirm("go", by_name=False)
    with pytest.raises(UserError):
        terms("").confirm("go", by_name=False)


def test_an_input_that_ends_is_a_no() -> None:
    def ask(_question: str) -> str:
        raise EOFError

    with pytest.raises(UserError):
        Terms(program=PROGRAM, stack="dev", out=Console(quiet=True), ask=ask).confirm(
            "go", by_name=False
        )


def test_who_said_yes_beforehand_is_not_asked() -> None:
    terms("no", yes=True).confirm("go", by_name=True)
