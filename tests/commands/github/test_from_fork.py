"""A fork's comment: which pull request it is, and what of its artifact is taken."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.github.from_fork import main
from tests.commands.github.server import HOME, GitHub, archive

COMMIT = "c0ffee" * 6 + "abcd"
TEXT = b"### dev: 2 objects changed\n"


def event(**changes: Any) -> dict[str, Any]:
    """What GitHub tells of a run of a fork's workflow."""
    head = {"id": 2, "full_name": "somebody/airflow", "owner": {"login": "somebody"}}
    run = {
        "id": 4711,
        "event": "pull_request",
        "head_sha": COMMIT,
        "head_branch": "mine",
        "head_repository": head,
        "pull_requests": [],
    }
    home = {"id": 1, "full_name": HOME, "default_branch": "main"}
    return {"workflow_run": run | changes, "repository": home}


def pull(number: int, **changes: Any) -> dict[str, Any]:
    """A pull request as GitHub lists it."""
    head = {
        "label": "somebody:mine",
        "sha": COMMIT,
        "repo": {"full_name": "somebody/airflow"},
    }
    return {
        "number": number,
        "state": "open",
        "base": {"ref": changes.pop("into", "main")},
        "head": head | changes,
    }


@pytest.fixture
def told(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    """A pull request whose run left its text for dev."""
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    (tmp_path / "event.json").write_text(json.dumps(event()))
    github.pulls = [pull(7)]
    github.artifact("4711", "preview-dev", archive({"comment.md": TEXT}))
    return github


def test_the_text_is_written_into_the_pull_request_whose_head_was_run(told: GitHub) -> None:
    told.pulls = [
        pull(4, label="somebody:other"),
        pull(5, sha="0" * 40),
        pull(6, into="next"),
        pull(7),
    ]
    assert main(["--stack", "dev"]) == 0
    (body,) = told.bodies(7)
    assert body.startswith("<!-- airflow-platform: preview of dev -->\n> [!NOTE]\n")
    assert "### dev: 2 objects changed" in body
    assert (
        "Of c0ffeec0ffee, by [this run](https://github.example/my-org/airflow/actions/runs/4711)"
        in body
    )
    assert list(told.comments) == [7]


def test_a_second_run_writes_it_anew(told: GitHub) -> None:
    main(["--stack", "dev"])
    told.artifact("4711", "preview-dev", archive({"comment.md": b"### dev: nothing"}))
    assert main(["--stack", "dev"]) == 0
    (body,) = told.bodies(7)
    assert "### dev: nothing" in body, "the newest artifact of that name counts"


def test_only_the_stacks_that_were_named_are_told_of(told: GitHub) -> None:
    told.artifact("4711", "preview-prod; rm -rf", archive({"comment.md": b"evil"}))
    assert main(["--stack", "dev", "--stack", "prod"]) == 0
    assert len(told.bodies(7)) == 1


@pytest.mark.parametrize("changes", [{"sha": "0" * 40}, {"repo": None}, {"label": "x:y"}])
def test_where_the_pull_request_moved_on_or_is_closed_nothing_is_written(
    told: GitHub, capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    told.pulls = [pull(7, **changes)]
    assert main(["--stack", "dev"]) == 0
    assert told.written == []
    assert "no open pull request has" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "push"},
        {"head_repository": None},
        {"head_repository": {"id": 1, "full_name": HOME, "owner": {"login": "my-org"}}},
    ],
)
def test_a_run_that_is_not_of_a_fork_is_refused(
    told: GitHub,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
) -> None:
    (tmp_path / "event.json").write_text(json.dumps(event(**changes)))
    assert main(["--stack", "dev"]) == 1
    assert told.written == []
    assert capsys.readouterr().err == ("from_fork: this run is not of a pull request from a fork\n")


def bomb() -> bytes:
    """A small archive of a large text."""
    return archive({"comment.md": b"0" * 50_000_000})


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"no archive", "holds no comment.md that can be read"),
        (archive({"other.md": TEXT}), "holds no comment.md that can be read"),
        (archive({"../comment.md": TEXT}), "holds no comment.md that can be read"),
        (archive({"comment.md": TEXT})[:-40], "holds no comment.md that can be read"),
        (
            archive({"comment.md": TEXT}, zipfile.ZIP_STORED).replace(b"dev", b"DEV"),
            "holds no comment.md that can be read",
        ),
        (bomb(), "is longer than 300000 bytes"),
        (archive({"comment.md": b"0" * 400_000}, zipfile.ZIP_STORED), "is longer than 300000"),
    ],
)
def test_an_artifact_that_is_none_of_ours_or_too_long_is_refused(
    told: GitHub, capsys: pytest.CaptureFixture[str], content: bytes, because: str
) -> None:
    told.artifact("4711", "preview-dev", content)
    assert main(["--stack", "dev"]) == 1
    assert told.written == []
    assert because in capsys.readouterr().err


def test_a_size_that_the_fork_lies_about_does_not_help_it(
    told: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    large = archive({"comment.md": b"0" * 400_000}, zipfile.ZIP_STORED)
    told.artifact("4711", "preview-dev", large, size_in_bytes=10)
    assert main(["--stack", "dev"]) == 1
    assert "is longer than 300000 bytes" in capsys.readouterr().err


def test_a_run_that_left_nothing_is_told_of_and_is_no_failure(
    told: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    told.artifacts["4711"][0]["expired"] = True
    assert main(["--stack", "dev", "--stack", "prod"]) == 0
    assert capsys.readouterr().out == "dev: the run left nothing\nprod: the run left nothing\n"
    assert told.written == []


def test_text_that_is_not_text_is_shown_as_far_as_it_is(told: GitHub) -> None:
    told.artifact("4711", "preview-dev", archive({"comment.md": b"\xff\xfe words"}))
    assert main(["--stack", "dev"]) == 0
    assert "\ufffd\ufffd words" in told.bodies(7)[0]
