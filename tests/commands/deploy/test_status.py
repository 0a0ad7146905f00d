"""The command `status`, which needs no Pulumi."""

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
    """Answers requests for DAG runs and tasks, whatever time they name."""

    def __init__(self, known: dict[str, list[tuple[int, Any]]], failed: int) -> None:
        super().__init__(known)
        self._failed = failed

    def get(self, request: str, default: Any = None) -> Any:
        if "/dags/~/dagRuns/~/taskInstances" in request:
            return [(200, {"total_entries": 0, "task_instances": []})]
        if "/dags/~/dagRuns?" in request:
            count = self._failed if "state=failed" in request else 0
            return [(200, {"total_entries": count, "dag_runs": [RUN] * min(count, 100)})]
        return super().get(request, default)


def test_a_status_has_the_release_airflow_and_its_runs(deployed: Scene) -> None:
    deployed.airflow.answers = Runs(deployed.airflow.answers, failed=120)
    found = status(deployed.session())
    assert found.release
    assert (found.release.number, found.release.chart_version) == (2, "1.22.0")
    assert found.airflow, found.airflow_error
    assert (found.airflow.version, found.airflow.failed) == ("3.2.2", 120)
    assert [run.id for run in found.airflow.failures] == ["run"] * 10, "all of them are listed"
    assert found.problems == []
    assert PASSWORD not in as_json(found)


def test_the_password_of_the_secret_is_used_and_not_part_of_the_error(
    deployed: Scene,
) -> None:
    deployed.airflow.answers["POST /auth/token"] = [(401, {"detail": "no"})]
    found = status(deployed.session())
    assert deployed.airflow.requests[0][1] == {"username": "admin", "password": PASSWORD}
    assert found.airflow_error == "the password in Secret airflow-admin does not log admin in (401)"
    assert found.problems


def test_a_missing_secret_is_reported_with_the_rest_of_the_status(deployed: Scene) -> None:
    deployed.kubernetes.objects.pop()
    found = status(deployed.session())
    assert found.airflow_error == "Secret airflow-admin with key password is missing"
    assert found.release


def test_an_unhealthy_part_of_airflow_makes_the_stack_unhealthy(deployed: Scene) -> None:
    deployed.airflow.answers = Runs(deployed.airflow.answers, failed=0)
    sick = HEALTHY | {"triggerer": None}
    deployed.airflow.answers["GET /api/v2/monitor/health"] = [(200, sick)]
    assert status(deployed.session()).problems == ["triggerer: None"]


def test_a_stack_that_is_not_deployed_is_an_error(scene: Scene) -> None:
    with pytest.raises(UserError, match="dev is not deployed in kind-airflow"):
        status(scene.session())
