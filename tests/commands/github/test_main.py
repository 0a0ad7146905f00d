"""The three programs that a workflow runs in this repository, as it runs them."""

from pathlib import Path

import pytest

from airflow_k8s.commands.github import comment, compose, issue
from tests.commands.github.server import GitHub


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """The artifacts of a run: dev with the engine's word, prod without."""
    for stack in ("dev", "prod"):
        (tmp_path / f"preview-{stack}").mkdir()
        (tmp_path / f"preview-{stack}" / "comment.md").write_text(f"### {stack}: nothing\n")
    (tmp_path / "engine-dev").mkdir()
    (tmp_path / "engine-dev" / "status").write_text("255\n")
    (tmp_path / "engine-dev" / "preview.txt").write_text("error: no such context\n")
    return tmp_path


def write(folder: Path, *stacks: str) -> int:
    named = [argument for each in stacks for argument in ("--stack", each)]
    return comment.main([*named, "--number", "7", "--commit", "abc", "--folder", str(folder)])


def test_each_stack_has_a_comment_with_what_the_engine_said(
    github: GitHub, left: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write(left, "dev", "prod") == 0
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


def test_a_stack_whose_job_died_is_told_of_all_the_same(github: GitHub, left: Path) -> None:
    (left / "preview-prod" / "comment.md").unlink()
    assert write(left, "prod") == 0
    assert "### prod: nothing was left" in github.bodies(7)[0]


def test_what_github_refuses_is_one_message(
    github: GitHub, left: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    github.fails = [403]
    assert write(left, "dev") == 1
    assert capsys.readouterr().err == (
        "comment: GET /repos/my-org/airflow/issues/7/comments: 403 try again\n"
    )


def test_a_stacks_comment_is_put_together_from_what_the_steps_left(tmp_path: Path) -> None:
    (tmp_path / "diff.md").write_text("### dev: 2 objects changed\n")
    (tmp_path / "policy.txt").write_text("1 rule is broken\n")
    checks = ["--check", "Policies", "failure", str(tmp_path / "policy.txt")]
    checks += ["--check", "Rehearsal", "skipped", str(tmp_path / "rehearsal.txt")]
    out = tmp_path / "comment.md"
    diff = str(tmp_path / "diff.md")
    assert compose.main(["--stack", "dev", "--diff", diff, *checks, "--out", str(out)]) == 0
    text = out.read_text()
    assert text.startswith("> [!WARNING]\n> **Policies: failed**\n>\n> **Rehearsal: not run**\n")
    assert "### dev: 2 objects changed" in text
    assert "1 rule is broken" in text


def test_a_diff_that_could_not_be_made_leaves_a_heading(tmp_path: Path) -> None:
    out = tmp_path / "comment.md"
    diff = str(tmp_path / "diff.md")
    assert compose.main(["--stack", "dev", "--diff", diff, "--out", str(out)]) == 0
    assert out.read_text().startswith("### dev: no diff\n")


def test_a_comment_that_can_not_be_kept_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    diff, out = str(tmp_path / "diff.md"), str(tmp_path / "nowhere" / "comment.md")
    assert compose.main(["--stack", "dev", "--diff", diff, "--out", out]) == 1
    assert capsys.readouterr().err.startswith("compose: ")


def test_a_drift_is_one_issue_and_closed_when_it_is_gone(
    github: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live, engine = tmp_path / "drift.md", tmp_path / "engine.txt"
    live.write_text("- `Deployment/airflow-scheduler` replicas: 2, live 5\n")
    engine.write_text("~ 1 to update\n")
    arguments = ["--stack", "prod", "--live", str(live), "--engine", str(engine)]
    assert [issue.main(arguments), issue.main(arguments)] == [0, 0]
    (opened,) = github.issues
    assert opened["title"] == "Drift in prod"
    assert "`make up STACK=prod`" in opened["body"]
    assert "replicas: 2, live 5" in opened["body"]
    assert "<code>pulumi preview --refresh</code>" in opened["body"]
    assert "~ 1 to update" in opened["body"]
    assert issue.main(["--stack", "prod", "--gone"]) == 0
    assert opened["state"] == "closed"
    assert capsys.readouterr().out.splitlines()[-1] == "prod: closed https://github.example/1"


def test_without_a_drift_there_is_nothing_to_close(
    github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue.main(["--stack", "dev", "--gone"]) == 0
    assert capsys.readouterr().out == "dev: nothing to close\n"
    assert github.written == []


def test_an_endless_drift_fits_and_the_engines_word_is_still_there(
    github: GitHub, tmp_path: Path
) -> None:
    live, engine = tmp_path / "drift.md", tmp_path / "engine.txt"
    live.write_text("- an object\n" * 20_000)
    engine.write_text("~ to update\n" * 20_000)
    issue.main(["--stack", "dev", "--live", str(live), "--engine", str(engine)])
    body = github.issues[0]["body"]
    assert len(body) <= 65_536
    assert body.count("<details>") == body.count("</details>") == 1
    assert body.count("- an object\n") > 3000


def test_a_token_that_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    assert issue.main(["--stack", "dev", "--gone"]) == 1
    assert capsys.readouterr().err == "issue: not set in the environment: GITHUB_TOKEN\n"
