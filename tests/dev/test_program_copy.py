"""A copy of this program in a git repository of its own."""

from pathlib import Path

import pytest
import yaml

from dev.program_copy import Edit, ProgramChange, apply, commit, copy_program


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return copy_program(tmp_path / "program")


def test_settings_of_a_change_replace_those_of_the_stack_file(program: Path) -> None:
    apply(ProgramChange(settings={"protect": False, "namespace": "n"}, edits=()), program, "prod")
    config = yaml.safe_load((program / "Pulumi.prod.yaml").read_text())["config"]
    assert (config["airflow-platform:protect"], config["airflow-platform:namespace"]) == (
        False,
        "n",
    )


def test_an_edit_replaces_a_text_of_the_program(program: Path) -> None:
    edit = Edit(file="requirements.txt", find="PyYAML", replace="another")
    text = (program / "requirements.txt").read_text()
    apply(ProgramChange(settings={}, edits=[edit]), program, "prod")
    assert (program / "requirements.txt").read_text() == text.replace("PyYAML", "another")
    commit(program, "the copy is a repository")


def test_an_edit_whose_text_does_not_occur_raises_an_error(program: Path) -> None:
    edit = Edit(file="requirements.txt", find="no such text", replace="")
    with pytest.raises(ValueError, match=r"requirements.txt holds 'no such text' 0 times"):
        apply(ProgramChange(settings={}, edits=[edit]), program, "prod")
