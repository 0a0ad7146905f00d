"""The comments in docs/diff/ are what `airflow-platform diff` writes."""

import pytest

from airflow_k8s.commands.diff.revisions import RenderOptions
from dev.docs.diff_examples import EXAMPLES, FOLDER, comment
from tests.rendering.conftest import official_chart


@pytest.mark.chart
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_what_the_command_writes_about_that_change(name: str) -> None:
    official_chart()
    written = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert written == comment(EXAMPLES[name], RenderOptions(strict=True, notify=print)), (
        "`make docs` writes it"
    )


def test_the_guide_links_every_example_and_its_change() -> None:
    guide = (FOLDER.parent / "diff.md").read_text(encoding="utf-8")
    for name, example in EXAMPLES.items():
        assert f"(diff/{name}.md)" in guide
        assert f"(../dev/docs/diff_changes/{name}.yaml)" in guide
        assert example.command in guide
    assert {file.stem for file in FOLDER.iterdir()} == set(EXAMPLES)
