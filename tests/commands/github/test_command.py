"""The commands of the group `github`, as a workflow of this repository runs them."""

from pathlib import Path

import pytest

from airflow_k8s.cli import main
from tests.commands.github.server import GitHub


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    """The artifacts of a run: with the output of pulumi preview for dev, without it for prod."""
    for stack in ("dev", "prod"):
        (tmp_path / f"preview-{stack}").mkdir()
        (tmp_path / f"preview-{stack}" / "comment.md").write_text(f"### {stack}: nothing\n")
    (tmp_path / "engine-dev").mkdir()
    (tmp_path / "engine-dev" / "status").write_text("255\n")
    (tmp_path / "engine-dev" / "preview.txt").write_text("error: no such context\n")
    return tmp_path


def write(folder: Path, *stacks: str) -> int:
    options = ["--number", "7", "--commit", "abc", "--folder", str(folder)]
    return main(["github", "comment", *stacks, *options])


def test_every_stack_has_a_comment_with_the_output_of_pulumi_preview(
    github: GitHub, artifacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write(artifacts, "dev", "prod") == 0
    dev, prod = github.bodies(7)
    assert dev.startswith("<!-- airflow-platform: preview of dev -->\n### dev: nothing\n")
    assert "pulumi preview</code>: <b>failed</b></summary>" in dev
    assert "error: no such context" in dev
    assert "<code>pulumi preview</code>: not run" in prod
    assert "Of abc, by [this run](https://github.example/my-org/airflow/actions/runs/77)" in prod
    assert capsys.readouterr().out.splitlines() == [
        "dev: https://github.example/1",
        "prod: https://github.example/2",
    ]


def test_a_stack_whose_job_left_no_artifact_has_a_comment_too(
    github: GitHub, artifacts: Path
) -> None:
    (artifacts / "preview-prod" / "comment.md").unlink()
    assert write(artifacts, "prod") == 0
    assert "### prod: no preview" in github.bodies(7)[0]


def test_an_error_of_github_is_one_message(
    github: GitHub, artifacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    github.fails = [403]
    assert write(artifacts, "dev") == 1
    assert capsys.readouterr().err == (
        "comment: GET /repos/my-org/airflow/issues/7/comments: 403 try again\n"
    )


def test_a_stacks_comment_is_composed_from_the_files_of_the_steps(tmp_path: Path) -> None:
    (tmp_path / "diff.md").write_text("### dev: 2 objects changed\n")
    (tmp_path / "policy.txt").write_text("1 rule is broken\n")
    checks = ["--check", f"Policies:failure:{tmp_path / 'policy.txt'}"]
    checks += ["--check", f"Rehearsal:skipped:{tmp_path / 'rehearsal.txt'}"]
    out = tmp_path / "comment.md"
    diff = str(tmp_path / "diff.md")
    assert main(["github", "compose", "dev", "--diff", diff, *checks, "--output", str(out)]) == 0
    text = out.read_text()
    assert text.startswith("> [!WARNING]\n> **Policies: failed**\n>\n> **Rehearsal: not run**\n")
    assert "### dev: 2 objects changed" in text
    assert "1 rule is broken" in text


def test_a_comment_without_a_diff_has_a_heading(tmp_path: Path) -> None:
    out = tmp_path / "comment.md"
    diff = str(tmp_path / "diff.md")
    assert main(["github", "compose", "dev", "--diff", diff, "--output", str(out)]) == 0
    assert out.read_text().startswith("### dev: no diff\n")


def test_a_comment_that_can_not_be_written_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    diff, out = str(tmp_path / "diff.md"), str(tmp_path / "nowhere" / "comment.md")
    assert main(["github", "compose", "dev", "--diff", diff, "--output", out]) == 1
    assert capsys.readouterr().err.startswith("compose: ")


def test_a_drift_has_one_issue_which_is_closed_when_nothing_differs(
    github: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live, engine = tmp_path / "drift.md", tmp_path / "engine.txt"
    live.write_text("- `Deployment/airflow-scheduler` replicas: 2, live 5\n")
    engine.write_text("~ 1 to update\n")
    arguments = ["github", "issue", "prod", "--live", str(live), "--engine", str(engine)]
    assert [main(arguments), main(arguments)] == [0, 0]
    (opened,) = github.issues
    assert opened["title"] == "Drift in prod"
    assert "`./airflow-platform up prod`" in opened["body"]
    assert "replicas: 2, live 5" in opened["body"]
    assert "<code>pulumi preview --refresh</code>" in opened["body"]
    assert "~ 1 to update" in opened["body"]
    assert main(["github", "issue", "prod", "--gone"]) == 0
    assert opened["state"] == "closed"
    assert capsys.readouterr().out.splitlines()[-1] == "prod: closed https://github.example/1"


def test_without_a_drift_there_is_nothing_to_close(
    github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["github", "issue", "dev", "--gone"]) == 0
    assert capsys.readouterr().out == "dev: nothing to close\n"
    assert github.written == []


def test_a_long_drift_is_cut_and_the_output_of_pulumi_preview_stays(
    github: GitHub, tmp_path: Path
) -> None:
    live, engine = tmp_path / "drift.md", tmp_path / "engine.txt"
    live.write_text("- an object\n" * 20_000)
    engine.write_text("~ to update\n" * 20_000)
    main(["github", "issue", "dev", "--live", str(live), "--engine", str(engine)])
    body = github.issues[0]["body"]
    assert len(body) <= 65_536
    assert body.count("<details>") == body.count("</details>") == 1
    assert body.count("- an object\n") > 3000


def test_a_missing_token_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    assert main(["github", "issue", "dev", "--gone"]) == 1
    assert capsys.readouterr().err == "issue: not set in the environment: GITHUB_TOKEN\n"


def test_a_check_of_another_form_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--diff", str(tmp_path / "diff.md"), "--output", str(tmp_path / "comment.md")]
    assert main(["github", "compose", "dev", *files, "--check", "Policies:failure"]) == 1
    assert "Policies:failure is not NAME:OUTCOME:FILE" in capsys.readouterr().err
