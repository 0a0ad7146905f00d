"""The client of Airflow's API, against a small server that the tests start."""

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
    clients: list[Api] = []

    def make(address: Callable[[], str], on_unavailable: Callable[[], None] = lambda: None) -> Api:
        clients.append(Api(address, on_unavailable, patience=1, pause=0.01))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def api(airflow: Airflow, client: Callable[..., Api]) -> Api:
    return client(lambda: airflow.address)


def test_a_login_is_used_for_later_requests(airflow: Airflow, api: Api) -> None:
    airflow.answers["POST /auth/token"] = [(201, {"access_token": "mine"})]
    airflow.answers["GET /api/v2/importErrors"] = [(200, {"import_errors": []})]
    assert api.log_in("admin", "password") == 201
    assert api.import_errors() == []
    assert airflow.requests[0][1] == {"username": "admin", "password": "password"}
    assert airflow.requests[1][2] == "Bearer mine"


def test_a_refused_login_returns_its_status(airflow: Airflow, api: Api) -> None:
    airflow.answers["POST /auth/token"] = [(401, {"detail": "no"})]
    assert api.log_in("admin", "wrong") == 401


def test_a_request_to_an_unavailable_api_is_repeated(
    airflow: Airflow, client: Callable[..., Api]
) -> None:
    airflow.answers["GET /api/v2/dags"] = [(503, {}), (200, {"dags": [{"dag_id": "a"}]})]
    failures: list[str] = []
    assert client(lambda: airflow.address, lambda: failures.append("")).dags().keys() == {"a"}
    assert len(failures) == 1


def test_the_address_is_read_again_after_a_failed_connection(
    airflow: Airflow, client: Callable[..., Api], refusing_address: str
) -> None:
    airflow.answers["GET /api/v2/dags"] = [(200, {"dags": []})]
    addresses = [refusing_address, airflow.address]
    assert client(lambda: addresses.pop(0)).dags() == {}
    assert addresses == []


def test_an_api_that_stays_unavailable_is_an_error(
    client: Callable[..., Api], refusing_address: str
) -> None:
    with pytest.raises(CommandError, match="unavailable for 1 s"):
        client(lambda: refusing_address).dags()


def test_an_unexpected_status_is_an_error_with_the_text_of_the_response(api: Api) -> None:
    with pytest.raises(UnexpectedAnswerError, match=r"was answered 404.*not found") as caught:
        api.run("dag", "run")
    assert caught.value.status == 404


def test_a_run_is_triggered_for_a_day(airflow: Airflow, api: Api) -> None:
    airflow.answers["POST /api/v2/dags/dag/dagRuns"] = [(200, RUN)]
    api.trigger("dag", "run", datetime(2024, 3, 2, tzinfo=UTC), {"events": 3})
    assert airflow.requests[0][1] == {
        "dag_run_id": "run",
        "logical_date": "2024-03-02T00:00:00+00:00",
        "conf": {"events": 3},
    }


def test_triggering_a_run_that_exists_is_no_error(airflow: Airflow, api: Api) -> None:
    airflow.answers["POST /api/v2/dags/dag/dagRuns"] = [(409, {"detail": "exists"})]
    api.trigger("dag", "run", datetime(2024, 3, 2, tzinfo=UTC), {})


def test_a_run_is_finished_if_it_succeeded_or_failed(airflow: Airflow, api: Api) -> None:
    airflow.answers["GET /api/v2/dags/dag/dagRuns/run"] = [
        (200, RUN | {"state": "running", "end_date": None}),
        (200, RUN | {"state": "failed"}),
    ]
    assert not api.run("dag", "run").is_finished
    assert api.run("dag", "run").is_finished


def test_the_tries_of_a_task_have_their_times(airflow: Airflow, api: Api) -> None:
    instance = {
        "task_id": "a",
        "try_number": 1,
        "state": None,
        "queued_when": "2024-03-05T00:00:01Z",
        "start_date": None,
        "end_date": None,
    }
    path = "/api/v2/dags/dag/dagRuns/run/taskInstances/a/tries"
    airflow.answers[f"GET {path}"] = [(200, {"task_instances": [instance]})]
    (found,) = api.tries("dag", "run", "a")
    assert (found.number, found.state, found.started) == (1, "none", None)
    assert found.queued == datetime(2024, 3, 5, 0, 0, 1, tzinfo=UTC)


def test_a_component_without_a_report_is_not_healthy(airflow: Airflow, api: Api) -> None:
    airflow.answers["GET /api/v2/monitor/health"] = [
        (200, {"scheduler": {"status": "healthy"}, "triggerer": None})
    ]
    assert api.health() == {"scheduler": "healthy", "triggerer": "None"}


def test_runs_of_all_dags_are_counted_by_state_since_they_ended(airflow: Airflow, api: Api) -> None:
    since = "end_date_gte=2024-03-04T00%3A00%3A00%2B00%3A00"
    path = f"/api/v2/dags/~/dagRuns?state=failed&order_by=-id&limit=100&{since}"
    airflow.answers[f"GET {path}"] = [(200, {"total_entries": 120, "dag_runs": [RUN]})]
    count, runs = api.runs_of_all("failed", datetime(2024, 3, 4, tzinfo=UTC))
    assert (count, [run.id for run in runs]) == (120, ["run"])


def test_tasks_of_all_runs_are_counted_by_state(airflow: Airflow, api: Api) -> None:
    instance = {
        "task_id": "a",
        "try_number": 1,
        "state": "queued",
        "queued_when": "2024-03-05T00:00:01Z",
    }
    path = "/api/v2/dags/~/dagRuns/~/taskInstances?state=queued&order_by=id&limit=100"
    airflow.answers[f"GET {path}"] = [(200, {"total_entries": 7, "task_instances": [instance]})]
    count, tasks = api.tasks_of_all("queued")
    assert count == 7
    assert tasks[0].queued == datetime(2024, 3, 5, 0, 0, 1, tzinfo=UTC)


def test_the_version_is_that_of_airflow(airflow: Airflow, api: Api) -> None:
    airflow.answers["GET /api/v2/version"] = [(200, {"version": "3.2.2", "git_version": None})]
    assert api.version() == "3.2.2"


def test_the_entries_of_a_log_become_lines() -> None:
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
