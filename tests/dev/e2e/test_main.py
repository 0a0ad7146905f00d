"""What is refused before any cluster is asked."""

import pytest

from dev.e2e.__main__ import main


def test_a_step_that_is_none_is_told_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--only", "pipeline,nonsense"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "there is no step nonsense" in said
    assert "up, pipeline, guards, kills, changes, rotations, down-and-up" in said


def test_an_image_without_a_tag_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tasks-image", "mine"]) == 1
    assert "mine is no image with a tag" in capsys.readouterr().out
