"""GitHub's REST API: paging, the token, and what goes wrong."""

from pathlib import Path

import pytest

from airflow_k8s.commands.github.api import repository, run_address
from airflow_k8s.errors import UserError
from tests.commands.github.server import A_PAGE, TOKEN, GitHub


def test_a_list_is_read_to_its_last_page(github: GitHub) -> None:
    for number in range(3 * A_PAGE + 1):
        github.comment(1, f"comment {number}")
    found = [each["body"] for each in repository().all("issues/1/comments")]
    assert found == [f"comment {number}" for number in range(3 * A_PAGE + 1)]


def test_what_is_missing_in_the_environment_is_named_all_at_once() -> None:
    with pytest.raises(UserError, match="GITHUB_REPOSITORY, GITHUB_TOKEN"):
        repository({"GITHUB_TOKEN": ""})


def test_a_refusal_has_the_message_of_github_and_no_token(github: GitHub) -> None:
    wrong = repository(github.environment() | {"GITHUB_TOKEN": "another-token"})
    with pytest.raises(UserError) as problem:
        wrong.post("issues/1/comments", body="text")
    assert str(problem.value) == (
        "POST /repos/my-org/airflow/issues/1/comments: 401 Bad credentials"
    )
    assert "another-token" not in repr(wrong)


def test_the_token_of_a_netrc_file_is_not_used_instead(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    github.comment(1, "text")
    assert len(list(repository().all("issues/1/comments"))) == 1


def test_what_github_fails_to_answer_is_asked_again(github: GitHub) -> None:
    github.comment(1, "text")
    github.fails = [502, 503]
    assert len(list(repository().all("issues/1/comments"))) == 1


def test_what_would_be_made_twice_is_not_asked_again(github: GitHub) -> None:
    github.fails = [502]
    with pytest.raises(UserError, match="502 try again"):
        repository().post("issues/1/comments", body="text")
    assert github.bodies(1) == []


def test_a_file_is_fetched_from_where_github_keeps_it_which_never_sees_the_token(
    github: GitHub,
) -> None:
    made = github.artifact("5", "preview-dev", b"content")
    assert repository().download(f"actions/artifacts/{made['id']}/zip", 100) == b"content"
    assert github.tokens_at_storage == [None], f"{TOKEN} would be another's"


def test_a_file_is_given_up_where_it_is_longer_than_it_may_be(github: GitHub) -> None:
    made = github.artifact("5", "preview-dev", b"x" * 200_000)
    with pytest.raises(UserError, match="longer than 1000 bytes"):
        repository().download(f"actions/artifacts/{made['id']}/zip", 1000)


def test_a_server_that_is_not_there_is_a_problem() -> None:
    gone = {"GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "t", "GITHUB_API_URL": "http://127.0.0.1:9"}
    with pytest.raises(UserError, match="POST /repos/o/r/issues"):
        repository(gone).post("issues", title="t")


def test_a_run_is_looked_at_where_the_repository_is(github: GitHub) -> None:
    there = github.environment()
    assert run_address(there) == "https://github.example/my-org/airflow/actions/runs/77"
    assert run_address(there, "5").endswith("/runs/5")
