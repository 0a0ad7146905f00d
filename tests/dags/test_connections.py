"""Connections and variables from Secrets, looked for by Airflow itself in the environment that each
part of the platform has."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from airflow_k8s.rendering.manifests import TASK
from airflow_k8s.toolchain.airflow import find_airflow
from airflow_k8s.toolchain.command import run
from tests.rendering.conftest import rendered_with

pytestmark = pytest.mark.chart

# Runs under Airflow's Python. What tasks ask the API server for, and what the triggerer and the
# DAG processor answer in their own process, is answered by the same application.
ASK = """
import json, os, sys
from airflow import settings
from airflow.api_fastapi.execution_api.app import InProcessExecutionAPI
from airflow.models.base import Base
from airflow.sdk.api.client import Client
from airflow.utils.db import import_all_models

import_all_models()
Base.metadata.create_all(settings.engine)
client = Client(base_url=None, token="", dry_run=True, transport=InProcessExecutionAPI().transport)
client.base_url = "http://in-process.invalid./"  # as the triggerer and the DAG processor do it
told = {}
for part, own in json.load(sys.stdin).items():
    os.environ.update(own)
    connection, variable = client.connections.get("orders_db"), client.variables.get("region")
    told[part] = [getattr(connection, "host", None), getattr(variable, "value", None)]
    for name in own:
        del os.environ[name]
print(json.dumps(told))
"""
TEXTS = {
    "AIRFLOW_CONN_ORDERS_DB": '{"conn_type": "postgres", "host": "orders.example.com"}',
    "AIRFLOW_VAR_REGION": "eu",
}


@pytest.fixture(scope="module")
def environments() -> Mapping[str, Mapping[str, str]]:
    """The variables of each part's main container; what a Secret fills is empty."""
    stack = rendered_with(
        "dev",
        connections={"orders_db": {"secret": "orders", "key": "connection"}},
        variables={"region": {"secret": "places", "key": "region"}},
    )
    found: dict[str, Mapping[str, str]] = {}
    for each in stack.objects:
        if each.pods and each.pods.template and (each.kind == "Deployment" or each.origin == TASK):
            container = each.pods.template["spec"]["containers"][0]
            name = "worker" if each.origin == TASK else each.name.removeprefix("airflow-")
            found[name] = {v["name"]: v.get("value", "") for v in container.get("env") or ()}
    return found


@pytest.fixture(scope="module")
def answers(
    environments: Mapping[str, Mapping[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Any]:
    """What Airflow finds with the variables of each part, and a database that has nothing."""
    home = tmp_path_factory.mktemp("airflow")
    asked = {
        part: {name: text for name, text in TEXTS.items() if name in own}
        for part, own in environments.items()
    }
    messages = run(
        [find_airflow(print), "-c", ASK],
        stdin=json.dumps(asked),
        environment={
            "PATH": "",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        },
        timeout=300,
    )
    return json.loads(messages.splitlines()[-1])


@pytest.mark.parametrize("part", ["api-server", "triggerer", "dag-processor"])
def test_who_answers_for_connections_and_variables_has_them(
    answers: Mapping[str, Any], part: str
) -> None:
    assert answers[part] == ["orders.example.com", "eu"]


def test_who_has_none_finds_none(answers: Mapping[str, Any]) -> None:
    assert answers["worker"] == [None, None], "it asks the API server"


@pytest.mark.parametrize("part", ["worker", "scheduler", "statsd"])
def test_the_others_have_no_text_of_them(
    environments: Mapping[str, Mapping[str, str]], part: str
) -> None:
    assert not TEXTS.keys() & environments[part].keys()
