"""Airflow finds connections and variables from Secrets in the environment of some components."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from airflow_k8s.rendering.manifests import TASK
from airflow_k8s.toolchain.airflow import find_airflow
from airflow_k8s.toolchain.command import run
from tests.rendering.conftest import rendered_with

pytestmark = pytest.mark.chart

# Runs under Airflow's Python. It uses the application with which the API server answers tasks, and
# which the triggerer and the DAG processor run in their own process.
READ_PROGRAM = """
import json, os, sys
from airflow import settings
from airflow.api_fastapi.execution_api.app import InProcessExecutionAPI
from airflow.models.base import Base
from airflow.sdk.api.client import Client
from airflow.utils.db import import_all_models

import_all_models()
Base.metadata.create_all(settings.engine)
client = Client(base_url=None, token="", dry_run=True, transport=InProcessExecutionAPI().transport)
client.base_url = "http://in-process.invalid./"  # as in the triggerer
found = {}
for component, variables in json.load(sys.stdin).items():
    os.environ.update(variables)
    connection, variable = client.connections.get("orders_db"), client.variables.get("region")
    found[component] = [getattr(connection, "host", None), getattr(variable, "value", None)]
    for name in variables:
        del os.environ[name]
print(json.dumps(found))
"""
VALUES = {
    "AIRFLOW_CONN_ORDERS_DB": '{"conn_type": "postgres", "host": "orders.example.com"}',
    "AIRFLOW_VAR_REGION": "eu",
}


@pytest.fixture(scope="module")
def environments() -> Mapping[str, Mapping[str, str]]:
    """Name of a component -> environment of its first container; values from Secrets are empty."""
    stack = rendered_with(
        "dev",
        connections={"orders_db": {"secret": "orders", "key": "connection"}},
        variables={"region": {"secret": "places", "key": "region"}},
    )
    found: dict[str, Mapping[str, str]] = {}
    for o in stack.objects:
        if o.pods and o.pods.template and (o.kind == "Deployment" or o.origin == TASK):
            container = o.pods.template["spec"]["containers"][0]
            name = "worker" if o.origin == TASK else o.name.removeprefix("airflow-")
            found[name] = {v["name"]: v.get("value", "") for v in container.get("env") or ()}
    return found


@pytest.fixture(scope="module")
def answers(
    environments: Mapping[str, Mapping[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Any]:
    """Name of a component -> what Airflow finds with its environment and an empty database."""
    home = tmp_path_factory.mktemp("airflow")
    variables = {
        component: {name: value for name, value in VALUES.items() if name in environment}
        for component, environment in environments.items()
    }
    output = run(
        [find_airflow(print), "-c", READ_PROGRAM],
        stdin=json.dumps(variables),
        environment={
            "PATH": "",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        },
        timeout=300,
    )
    return json.loads(output.splitlines()[-1])


@pytest.mark.parametrize("component", ["api-server", "triggerer", "dag-processor"])
def test_a_component_that_answers_requests_has_connections_and_variables(
    answers: Mapping[str, Any], component: str
) -> None:
    assert answers[component] == ["orders.example.com", "eu"]


def test_a_worker_has_no_connections_and_variables_itself(answers: Mapping[str, Any]) -> None:
    assert answers["worker"] == [None, None], "a worker reads them from the API server"


@pytest.mark.parametrize("component", ["worker", "scheduler", "statsd"])
def test_the_environment_of_other_components_has_no_connection_or_variable(
    environments: Mapping[str, Mapping[str, str]], component: str
) -> None:
    assert not VALUES.keys() & environments[component].keys()
