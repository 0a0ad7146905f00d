"""Other programs: their output, their errors, their versions."""

from pathlib import Path

import pytest

from airflow_k8s.toolchain.command import CommandError, run, version, version_in
from tests.programs import program


def test_the_output_of_a_command_is_returned(tmp_path: Path) -> None:
    echo = program(tmp_path / "echo", 'read line; echo "$line $WORD ${PWD##*/}"; echo no >&2')
    folder = tmp_path / "folder"
    folder.mkdir()
    printed = run([echo], stdin="é", environment={"WORD": "b"}, folder=folder)
    assert printed == "é b folder\n"


def test_the_error_is_the_standard_error_of_the_command(tmp_path: Path) -> None:
    broken = program(tmp_path / "broken", "echo printed; echo no such host >&2; exit 3")
    with pytest.raises(CommandError, match=r"^no such host$"):
        run([broken])


def test_the_error_of_a_silent_command_is_its_exit_status(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"/mute ended with 3$"):
        run([program(tmp_path / "mute", "exit 3")])


def test_a_missing_program_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"No such file.*/none"):
        run([tmp_path / "none"])


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^slow took over 0 s$"):
        run([program(tmp_path / "slow", "exec sleep 9")], timeout=0.1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("go version go1.27 linux/amd64", (1, 27, 0)),
        ("v3.20.2+gabcdef", (3, 20, 2)),
        ("Kubernetes v1.34.4", (1, 34, 4)),
        ("etcd Version: 3.6.16\nGit SHA: Not provided\nGo Version: go1.26.8", (3, 6, 16)),
        ("kwokctl version v0.8.0 go1.26.8 (linux/amd64)", (0, 8, 0)),
        ("Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0", (1, 32, 4)),
        ("unknown", (0, 0, 0)),
    ],
)
def test_the_first_version_in_a_text_counts(text: str, expected: tuple[int, int, int]) -> None:
    assert version_in(text) == expected


def test_a_program_that_fails_is_older_than_any_other(tmp_path: Path) -> None:
    assert version([program(tmp_path / "right", "echo v1.2.3")]) == (1, 2, 3)
    assert version([program(tmp_path / "wrong", "echo v1.2.3; exit 1")]) == (0, 0, 0)
    assert version([tmp_path / "none"]) == (0, 0, 0)
