"""The wait for Airflow."""

from collections.abc import Iterator
from threading import Thread

import pytest

from airflow_k8s.airflow_api import Api
from airflow_k8s.commands.deploy import health
from airflow_k8s.errors import UserError
from tests.airflow_server import Airflow
from tests.commands.deploy.test_up import HEALTHY

PATH = "GET /api/v2/monitor/health"


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
def api(airflow: Airflow) -> Iterator[Api]:
    api = Api(lambda: airflow.address, lambda: None, patience=0, pause=0)
    yield api
    api.close()


def test_a_part_without_a_status_is_not_healthy() -> None:
    health_of = {"metadatabase": "healthy", "scheduler": "unhealthy", "triggerer": "healthy"}
    assert health.unhealthy(health_of) == ["scheduler: unhealthy", "dag_processor: no status"]


def test_the_wait_ends_when_all_parts_are_healthy_and_reports_the_others_once(
    airflow: Airflow, api: Api, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_INTERVAL", 0.01)
    sick = HEALTHY | {"triggerer": {"status": "unhealthy"}}
    airflow.answers[PATH] = [(200, sick), (200, sick), (200, HEALTHY)]
    health.wait(api, seconds=5, notify=messages.append)
    assert messages == ["waiting for triggerer: unhealthy"]


def test_a_part_that_stays_unhealthy_is_an_error_at_the_end(airflow: Airflow, api: Api) -> None:
    airflow.answers[PATH] = [(200, HEALTHY | {"scheduler": None})]
    with pytest.raises(UserError, match="not healthy after 0 s: scheduler: None"):
        health.wait(api, seconds=0, notify=print)
