"""How a status comes about, without Pulumi."""

import base64
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.deploy.as_json import as_json
from airflow_k8s.commands.deploy.status import status
from airflow_k8s.errors import UserError
from tests.commands.deploy.conftest import PASSWORD, Scene, made
from tests.commands.deploy.test_helm_history import secret
from tests.commands.deploy.test_up import HEALTHY
from tests.test_airflow_api import RUN


@pytest.fixture
def deployed(scene: Scene, path: Path) -> Scene:
    (path / "pulumi").unlink()
    release = secret(2, "deployed")
    release["metadata"]["namespace"] = "airflow"
    password = base64.b64encode(PASSWORD.encode()).decode()
    scene.kubernetes.objects += [
        made("Namespace", "airflow"),
        {"kind": "Secret", **release},
        made("Secret", "airflow-admin", data={"password": password}),
    ]
    answers = scene.airflow.answers
    answers["POST /auth/token"] = [(201, {"access_token": "mine"})]
    answers["GET /api/v2/monitor/health"] = [(200, HEALTHY)]
    answers["GET /api/v2/version"] = [(200, {"version": "3.2.2"})]
    answers["GET /api/v2/importErrors"] = [(200, {"import_errors": []})]
    return scene


class Runs(dict[str, list[tuple[int, Any]]]):
    """Answers for lists of runs and tasks, whatever the time in the question."""

    def __init__(self, known: dict[str, list[tuple[int, Any]]], failed: int) -> None:
        super().__init__(known)
        self._failed = failed

    def get(self, asked: str, default: Any = None) -> Any:
        if "/dags/~/dagRuns/~/taskInstances" in asked:
            return [(200, {"total_entries": 0, "task_instances": []})]
        if "/dags/~/dagRuns?" in asked:
            count = self._failed if "state=failed" in asked else 0
            return [(200, {"total_entries": count, "dag_runs": [RUN] * min(count, 100)})]
        return super().get(asked, default)


def test_the_release_airflow_and_its_runs_are_told(deployed: Scene) -> None:
    deployed.airflow.answers = Runs(deployed.airflow.answers, failed=120)
    found = status(deployed.terms())
    assert found.release
    assert (found.release.number, found.release.chart_version) == (2, "1.22.0")
    assert found.airflow, found.unknown
    assert (found.airflow.version, found.airflow.failed) == ("3.2.2", 120)
    assert [run.id for run in found.airflow.failures] == ["run"] * 10, "not all of them are named"
    assert found.wrong == []
    assert PASSWORD not in as_json(found)


def test_the_password_of_the_secret_is_used_and_a_refusal_is_told_without_it(
    deployed: Scene,
) -> None:
    deployed.airflow.answers["POST /auth/token"] = [(401, {"detail": "no"})]
    found = status(deployed.terms())
    assert deployed.airflow.requests[0][1] == {"username": "admin", "password": PASSWORD}
    assert found.unknown == "the password in Secret airflow-admin does not log admin in (401)"
    assert found.wrong


def test_a_secret_that_is_missing_is_told_and_the_rest_as_well(deployed: Scene) -> None:
    deployed.kubernetes.objects.pop()
    found = status(deployed.terms())
    assert found.unknown == "Secret airflow-admin with key password is missing"
    assert found.release


def test_parts_that_are_not_healthy_make_the_stack_unhealthy(deployed: Scene) -> None:
    deployed.airflow.answers = Runs(deployed.airflow.answers, failed=0)
    sick = HEALTHY | {"triggerer": None}
    deployed.airflow.answers["GET /api/v2/monitor/health"] = [(200, sick)]
    assert status(deployed.terms()).wrong == ["triggerer: None"]


def test_where_nothing_is_deployed_that_is_all_there_is_to_say(scene: Scene) -> None:
    with pytest.raises(UserError, match="nothing of dev is in kind-airflow"):
        status(scene.terms())
