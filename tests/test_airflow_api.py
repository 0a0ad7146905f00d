"""The client, against a small server of the tests' own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Thread

import pytest

from airflow_k8s.airflow_api import Api, UnexpectedAnswerError, log_lines
from airflow_k8s.toolchain.command import CommandError
from tests.airflow_server import Airflow

RUN = {
    "dag_id": "dag",
    "dag_run_id": "run",
    "run_type": "manual",
    "state": "success",
    "logical_date": "2024-03-02T00:00:00Z",
    "start_date": "2024-03-05T00:00:00Z",
    "end_date": "2024-03-05T00:01:00Z",
}


@pytest.fixture
def airflow() -> Iterator[Airflow]:
    airflow = Airflow()
    thread = Thread(target=airflow.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield airflow
    airflow.server.shutdown()
    thread.join()
    airflow.server.server_close()


@pytest.fixture
def client() -> Iterator[Callable[..., Api]]:
    made: list[Api] = []

    def make(address: Callable[[], str], broke: Callable[[], None] = lambda: None) -> Api:
        made.append(Api(address, broke, patience=1, pause=0.01))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def api(airflow: Airflow, client: Callable[..., Api]) -> Api:
    return client(lambda: airflow.address)


def test_a_login_is_used_from_then_on(airflow: Airflow, api: Api) -> None:
    airflow.answers["POST /auth/token"] = [(201, {"access_token": "mine"})]
    airflow.answers["GET /api/v2/importErrors"] = [(200, {"import_errors": []})]
    assert api.log_in("admin", "password") == 201
    assert api.import_errors() == []
    assert airflow.asked[0][1] == {"username": "admin", "password": "password"}
    assert airflow.asked[1][2] == "Bearer mine"


def test_a_login_that_is_refused_says_so(airflow: Airflow, api: Api) -> None:
    airflow.answers["POST /auth/token"] = [(401, {"detail": "no"})]
    assert api.log_in("admin", "wrong") == 401


def test_what_is_away_for_a_moment_is_asked_again(
    airflow: Airflow, client: Callable[..., Api]
) -> None:
    airflow.answers["GET /api/v2/dags"] = [(503, {}), (200, {"dags": [{"dag_id": "a"}]})]
    broke: list[str] = []
    assert client(lambda: airflow.address, lambda: broke.append("")).dags().keys() == {"a"}
    assert len(broke) == 1


def test_the_address_is_asked_for_again_when_nobody_answers(
    airflow: Airflow, client: Callable[..., Api], nobody: str
) -> None:
    airflow.answers["GET /api/v2/dags"] = [(200, {"dags": []})]
    addresses = [nobody, airflow.address]
    assert client(lambda: addresses.pop(0)).dags() == {}
    assert addresses == []


def test_what_stays_away_is_told(client: Callable[..., Api], nobody: str) -> None:
    with pytest.raises(CommandError, match="away for 1 s"):
        client(lambda: nobody).dags()


def test_an_error_is_told_with_the_answer(api: Api) -> None:
    with pytest.raises(UnexpectedAnswerError, match=r"was answered 404.*not found") as caught:
        api.run("dag", "run")
    assert caught.value.status == 404


def test_a_run_is_made_for_a_day(airflow: Airflow, api: Api) -> None:
    airflow.answers["POST /api/v2/dags/dag/dagRuns"] = [(200, RUN)]
    api.trigger("dag", "run", datetime(2024, 3, 2, tzinfo=UTC), {"events": 3})
    assert airflow.asked[0][1] == {
        "dag_run_id": "run",
        "logical_date": "2024-03-02T00:00:00+00:00",
        "conf": {"events": 3},
    }


def test_a_run_whose_answer_got_lost_is_there_already(airflow: Airflow, api: Api) -> None:
    airflow.answers["POST /api/v2/dags/dag/dagRuns"] = [(409, {"detail": "exists"})]
    api.trigger("dag", "run", datetime(2024, 3, 2, tzinfo=UTC), {})


def test_a_run_is_over_when_it_ended_either_way(airflow: Airflow, api: Api) -> None:
    airflow.answers["GET /api/v2/dags/dag/dagRuns/run"] = [
        (200, RUN | {"state": "running", "end_date": None}),
        (200, RUN | {"state": "failed"}),
    ]
    assert not api.run("dag", "run").over
    assert api.run("dag", "run").over


def test_the_tries_of_a_task_have_their_times(airflow: Airflow, api: Api) -> None:
    told = {
        "task_id": "a",
        "try_number": 1,
        "state": None,
        "queued_when": "2024-03-05T00:00:01Z",
        "start_date": None,
        "end_date": None,
    }
    path = "/api/v2/dags/dag/dagRuns/run/taskInstances/a/tries"
    airflow.answers[f"GET {path}"] = [(200, {"task_instances": [told]})]
    (found,) = api.tries("dag", "run", "a")
    assert (found.number, found.state, found.started) == (1, "none", None)
    assert found.queued == datetime(2024, 3, 5, 0, 0, 1, tzinfo=UTC)


def test_parts_that_report_nothing_are_not_healthy(airflow: Airflow, api: Api) -> None:
    airflow.answers["GET /api/v2/monitor/health"] = [
        (200, {"scheduler": {"status": "healthy"}, "triggerer": None})
    ]
    assert api.health() == {"scheduler": "healthy", "triggerer": "None"}


def test_runs_of_all_dags_are_counted_by_state_since_they_ended(airflow: Airflow, api: Api) -> None:
    since = "end_date_gte=2024-03-04T00%3A00%3A00%2B00%3A00"
    path = f"/api/v2/dags/~/dagRuns?state=failed&order_by=-id&limit=100&{since}"
    airflow.answers[f"GET {path}"] = [(200, {"total_entries": 120, "dag_runs": [RUN]})]
    count, runs = api.runs_of_all("failed", datetime(2024, 3, 4, tzinfo=UTC))
    assert (count, [each.id for each in runs]) == (120, ["run"])


def test_tasks_of_all_runs_are_counted_by_state(airflow: Airflow, api: Api) -> None:
    told = {
        "task_id": "a",
        "try_number": 1,
        "state": "queued",
        "queued_when": "2024-03-05T00:00:01Z",
    }
    path = "/api/v2/dags/~/dagRuns/~/taskInstances?state=queued&order_by=id&limit=100"
    airflow.answers[f"GET {path}"] = [(200, {"total_entries": 7, "task_instances": [told]})]
    count, tasks = api.tasks_of_all("queued")
    assert count == 7
    assert tasks[0].queued == datetime(2024, 3, 5, 0, 0, 1, tzinfo=UTC)


def test_airflow_says_which_version_it_is(airflow: Airflow, api: Api) -> None:
    airflow.answers["GET /api/v2/version"] = [(200, {"version": "3.2.2", "git_version": None})]
    assert api.version() == "3.2.2"


def test_a_log_is_told_in_lines() -> None:
    content = [
        {"event": "::group::", "sources": ["a", "b"]},
        {"timestamp": "2024", "event": "hello", "level": "info", "task": None},
        "plain",
    ]
    assert list(log_lines(content)) == [
        "::group:: sources=['a', 'b']",
        "2024 hello level=info",
        "plain",
    ]
