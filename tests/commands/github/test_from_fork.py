"""A fork's comment: how its pull request is found, and what its artifact may hold."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.cli import main
from tests.commands.github.server import HOME, GitHub, archive

COMMIT = "c0ffee" * 6 + "abcd"
TEXT = b"### dev: 2 objects changed\n"


def event(**changes: Any) -> dict[str, Any]:
    """GitHub's event about a run of a fork's workflow."""
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
def fork(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    """A pull request whose run left an artifact for dev."""
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    (tmp_path / "event.json").write_text(json.dumps(event()))
    github.pulls = [pull(7)]
    github.artifact("4711", "preview-dev", archive({"comment.md": TEXT}))
    return github


def test_the_comment_is_written_on_the_pull_request_whose_head_is_the_commit_of_the_run(
    fork: GitHub,
) -> None:
    fork.pulls = [
        pull(4, label="somebody:other"),
        pull(5, sha="0" * 40),
        pull(6, into="next"),
        pull(7),
    ]
    assert main(["github", "from-fork", "dev"]) == 0
    (body,) = fork.bodies(7)
    assert body.startswith("<!-- airflow-platform: preview of dev -->\n> [!NOTE]\n")
    assert "### dev: 2 objects changed" in body
    assert (
        "Of c0ffeec0ffee, by [this run](https://github.example/my-org/airflow/actions/runs/4711)"
        in body
    )
    assert list(fork.comments) == [7]


def test_a_second_run_updates_the_comment(fork: GitHub) -> None:
    main(["github", "from-fork", "dev"])
    fork.artifact("4711", "preview-dev", archive({"comment.md": b"### dev: nothing"}))
    assert main(["github", "from-fork", "dev"]) == 0
    (body,) = fork.bodies(7)
    assert "### dev: nothing" in body, "the newest artifact of that name counts"


def test_a_comment_is_written_only_for_the_named_stacks(fork: GitHub) -> None:
    fork.artifact("4711", "preview-prod; rm -rf", archive({"comment.md": b"evil"}))
    assert main(["github", "from-fork", "dev", "prod"]) == 0
    assert len(fork.bodies(7)) == 1


@pytest.mark.parametrize("changes", [{"sha": "0" * 40}, {"repo": None}, {"label": "x:y"}])
def test_no_comment_is_written_if_the_pull_request_is_closed_or_has_a_newer_commit(
    fork: GitHub, capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    fork.pulls = [pull(7, **changes)]
    assert main(["github", "from-fork", "dev"]) == 0
    assert fork.written == []
    assert "no open pull request has" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "push"},
        {"head_repository": None},
        {"head_repository": {"id": 1, "full_name": HOME, "owner": {"login": "my-org"}}},
    ],
)
def test_a_run_that_does_not_belong_to_a_fork_is_refused(
    fork: GitHub,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
) -> None:
    (tmp_path / "event.json").write_text(json.dumps(event(**changes)))
    assert main(["github", "from-fork", "dev"]) == 1
    assert fork.written == []
    assert capsys.readouterr().err == (
        "from-fork: this run does not belong to a pull request from a fork\n"
    )


def bomb() -> bytes:
    """A small archive of a large text."""
    return archive({"comment.md": b"0" * 50_000_000})


@pytest.mark.parametrize(
    ("content", "reason"),
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
def test_an_artifact_with_other_content_or_too_much_is_refused(
    fork: GitHub, capsys: pytest.CaptureFixture[str], content: bytes, reason: str
) -> None:
    fork.artifact("4711", "preview-dev", content)
    assert main(["github", "from-fork", "dev"]) == 1
    assert fork.written == []
    assert reason in capsys.readouterr().err


def test_a_wrong_size_in_the_list_of_artifacts_does_not_get_a_long_text_through(
    fork: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    large = archive({"comment.md": b"0" * 400_000}, zipfile.ZIP_STORED)
    fork.artifact("4711", "preview-dev", large, size_in_bytes=10)
    assert main(["github", "from-fork", "dev"]) == 1
    assert "is longer than 300000 bytes" in capsys.readouterr().err


def test_a_run_without_artifacts_is_reported_and_is_no_failure(
    fork: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    fork.artifacts["4711"][0]["expired"] = True
    assert main(["github", "from-fork", "dev", "prod"]) == 0
    assert (
        capsys.readouterr().out == "dev: the run left no artifact\nprod: the run left no artifact\n"
    )
    assert fork.written == []


def test_bytes_that_are_no_text_are_replaced(fork: GitHub) -> None:
    fork.artifact("4711", "preview-dev", archive({"comment.md": b"\xff\xfe words"}))
    assert main(["github", "from-fork", "dev"]) == 0
    assert "\ufffd\ufffd words" in fork.bodies(7)[0]
