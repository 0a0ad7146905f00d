"""One comment a stack, one issue a drift: found again, and nobody else's."""

from airflow_k8s.commands.github.api import repository
from airflow_k8s.commands.github.sticky import close, open_or_update, write_comment
from airflow_k8s.console.markdown import LIMIT
from tests.commands.github.server import A_PAGE, GitHub

DEV = "<!-- airflow-platform: preview of dev -->\n"


def test_the_first_time_a_comment_is_made_and_later_written_anew(github: GitHub) -> None:
    where = repository()
    first = write_comment(where, 7, topic="preview of dev", body="one")
    github.comment(7, "somebody's words", author="somebody")
    second = write_comment(where, 7, topic="preview of dev", body="two")
    assert first == second
    assert github.bodies(7) == [f"{DEV}two", "somebody's words"]


def test_each_stack_has_its_own(github: GitHub) -> None:
    for text in ("one", "two"):
        for stack in ("dev", "prod"):
            write_comment(repository(), 7, topic=f"preview of {stack}", body=f"{stack} {text}")
    assert [each.splitlines()[1] for each in github.bodies(7)] == ["dev two", "prod two"]


def test_it_is_found_on_a_later_page(github: GitHub) -> None:
    for number in range(A_PAGE + 1):
        github.comment(7, f"words {number}", author="somebody")
    ours = github.comment(7, f"{DEV}one")
    write_comment(repository(), 7, topic="preview of dev", body="two")
    assert ours["body"] == f"{DEV}two"
    assert len(github.bodies(7)) == A_PAGE + 2


def test_the_comment_of_somebody_who_copied_our_mark_is_left_alone(github: GitHub) -> None:
    github.comment(7, f"{DEV}all is well, merge it", author="somebody")
    write_comment(repository(), 7, topic="preview of dev", body="data would be lost")
    assert github.bodies(7) == [f"{DEV}all is well, merge it", f"{DEV}data would be lost"]


def test_a_comment_of_ours_that_only_quotes_the_mark_is_another(github: GitHub) -> None:
    github.comment(7, f"as said: {DEV}")
    write_comment(repository(), 7, topic="preview of dev", body="one")
    assert len(github.bodies(7)) == 2


def test_what_says_the_same_is_not_written_again(github: GitHub) -> None:
    for _ in range(2):
        write_comment(repository(), 7, topic="preview of dev", body="one")
    assert github.written == ["POST /repos/my-org/airflow/issues/7/comments"]


def test_a_text_that_is_too_long_for_github_is_cut_and_says_so(github: GitHub) -> None:
    write_comment(repository(), 7, topic="preview of dev", body="a line\n" * 20_000)
    (body,) = github.bodies(7)
    assert len(body) <= LIMIT
    assert body.endswith("GitHub takes no more. The run has the complete text.*\n")


def test_a_drift_has_one_open_issue_however_often_it_is_seen(github: GitHub) -> None:
    github.issue("help", author="somebody")
    for night in ("first", "second"):
        open_or_update(
            repository(), topic="drift of dev", title=f"Drift in dev, {night}", body=night
        )
    _, ours = github.issues
    assert ours["title"] == "Drift in dev, second"
    assert ours["body"] == "<!-- airflow-platform: drift of dev -->\nsecond"


def test_a_pull_request_is_no_issue_though_github_lists_it_as_one(github: GitHub) -> None:
    mark = "<!-- airflow-platform: drift of dev -->"
    github.issue(f"{mark}\ntext", pull_request={"url": "…"})
    open_or_update(repository(), topic="drift of dev", title="Drift in dev", body="text")
    assert len(github.issues) == 2


def test_when_the_drift_is_gone_its_issue_is_closed_with_the_reason(github: GitHub) -> None:
    where = repository()
    open_or_update(where, topic="drift of dev", title="Drift in dev", body="text")
    open_or_update(where, topic="drift of prod", title="Drift in prod", body="text")
    assert close(where, topic="drift of dev", comment="gone") == ["https://github.example/1"]
    assert [each["state"] for each in github.issues] == ["closed", "open"]
    assert github.bodies(1) == ["gone"]


def test_where_no_issue_is_open_nothing_is_written(github: GitHub) -> None:
    github.issue("<!-- airflow-platform: drift of dev -->\nold", state="closed")
    assert close(repository(), topic="drift of dev", comment="gone") == []
    assert github.written == []


def test_a_drift_that_comes_back_gets_a_new_issue(github: GitHub) -> None:
    old = github.issue("<!-- airflow-platform: drift of dev -->\nold", state="closed")
    open_or_update(repository(), topic="drift of dev", title="Drift in dev", body="new")
    assert old["body"].endswith("old")
    assert len(github.issues) == 2
