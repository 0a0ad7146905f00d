"""The comments in docs/diff/ are what `make diff` says."""

import pytest

from airflow_k8s.commands.diff.revisions import Rendering
from airflow_k8s.rendering.revision import short
from airflow_k8s.toolchain.command import CommandError
from dev.docs.diff_examples import EXAMPLES, FOLDER, PROGRAM, example
from tests.rendering.conftest import official_chart

pytestmark = pytest.mark.chart


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_what_make_diff_says_of_that_change(name: str) -> None:
    official_chart()
    which = EXAMPLES[name]
    try:
        short(PROGRAM, which.base)
    except CommandError as error:
        pytest.skip(f"the history is not all here: {error}")
    written = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert written == example(which, Rendering(strict=True, notify=print)), "`make docs` writes it"


def test_each_example_is_told_of_in_the_guide() -> None:
    guide = (FOLDER.parent / "diff.md").read_text(encoding="utf-8")
    for name, which in EXAMPLES.items():
        assert f"(diff/{name}.md)" in guide
        assert which.command in guide
    assert {file.stem for file in FOLDER.iterdir()} == set(EXAMPLES)
