"""Evaluating the program of another revision in a separate process."""

import sys
from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.isolated import evaluating, python_for
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.stack_file import StackConfig, stack_config
from tests.conftest import PROGRAM, STACKS

CONFIG = StackConfig(project="p", stack="s", texts={"p:a": "1"})


def program(folder: Path, text: str) -> Path:
    (folder / "__main__.py").write_text(text)
    return folder


def evaluated(folder: Path, config: StackConfig = CONFIG) -> Evaluation:
    with evaluating(Path(sys.executable), folder, config) as wait:
        return wait()


@pytest.mark.parametrize("stack", STACKS)
def test_the_result_of_another_process_equals_the_result_of_this_one(stack: str) -> None:
    config = stack_config(PROGRAM, stack)
    there, here = evaluated(PROGRAM, config), evaluate(PROGRAM, config)
    in_order = [sorted(each.resources, key=lambda r: r.urn) for each in (there, here)]
    assert in_order[0] == in_order[1]
    assert there.outputs == here.outputs


def test_secrets_of_another_process_are_still_secret() -> None:
    there = evaluated(PROGRAM, stack_config(PROGRAM, "dev"))
    assert repr(there["secrets-api-key-secret"].inputs["stringData"]) == "{'api-key': [secret]}"


def test_output_of_the_program_is_not_part_of_the_result(tmp_path: Path) -> None:
    folder = program(tmp_path, "import pulumi\nprint('noise')\npulumi.export('a', 1)")
    assert evaluated(folder).exports == {"a": 1}


def test_the_message_of_a_run_error_reaches_the_user(tmp_path: Path) -> None:
    folder = program(tmp_path, "import pulumi\nraise pulumi.RunError('a is wrong')")
    with pytest.raises(UserError, match=r"^a is wrong$"):
        evaluated(folder)


def test_the_last_lines_of_a_failed_program_reach_the_user(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the program fails:\n(.*\n)*ZeroDivisionError"):
        evaluated(program(tmp_path, "1 / 0"))


def test_another_revision_imports_its_own_modules_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "airflow_k8s").mkdir()
    (tmp_path / "airflow_k8s" / "__init__.py").write_text("WHOSE = 'theirs'")
    text = "import pulumi, airflow_k8s\npulumi.export('whose', airflow_k8s.WHOSE)"
    assert evaluated(program(tmp_path, text)).exports == {"whose": "theirs"}


def test_a_revision_with_the_same_pins_uses_this_environment(
    tmp_path: Path, messages: list[str]
) -> None:
    pins = (PROGRAM / "requirements.txt").read_text()
    (tmp_path / "requirements.txt").write_text(pins)
    assert python_for(tmp_path, messages.append) == Path(sys.executable)
    assert messages == []


def test_a_revision_with_other_pins_gets_an_environment_of_its_own(
    path: Path, tmp_path: Path, messages: list[str]
) -> None:
    del path
    (tmp_path / "requirements.txt").write_text("# none\n")
    python = python_for(tmp_path, messages.append)
    assert python != Path(sys.executable)
    assert python.exists()
    assert messages == ["installing pulumi (some 60 MB, once)"]


def test_packages_that_can_not_be_installed_are_an_error(
    path: Path, tmp_path: Path, messages: list[str]
) -> None:
    del path
    (tmp_path / "requirements.txt").write_text("there-is-no-such-package-of-ours==1.0\n")
    with pytest.raises(UserError, match="pulumi can't be installed"):
        python_for(tmp_path, messages.append)
