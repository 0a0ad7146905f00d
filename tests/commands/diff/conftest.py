"""A copy of this program, in which tests make revisions to compare with."""

from pathlib import Path

import pytest

from dev.program_copy import copy_program


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """This program in a git repository of its own, all of it committed."""
    return copy_program(tmp_path / "program")
