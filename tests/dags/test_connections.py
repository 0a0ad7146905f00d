"""Connections and variables from Secrets, looked for by Airflow itself in the environment that each
part of the platform has."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from render.objects import TASK
from render.platform import render
from tests.conftest import PROGRAM
from tests.render.conftest import official_chart
from tools.airflow import find_airflow
from tools.command import run

pytestmark = pytest.mark.chart

# Runs under Airflow's Python. What tasks ask the API server for, and what the triggerer and the
# DAG processor answer in their own process, is answered by the same application.
ASK = """
import json
from airflow import settings
from airflow.api_fastapi.execution_api.app import InProcessExecutionAPI
from airflow.models.base import Base
from airflow.sdk.api.client import Client
from airflow.utils.db import import_all_models

import_all_models()
Base.metadata.create_all(settings.engine)
api = InProcessExecutionAPI()
client = Client(base_url=None, token="", dry_run=True, transport=api.transport)
client.base_url = "http://in-process.invalid./"  # as the triggerer and the DAG processor do it
connection = client.connections.get("orders_db")
variable = client.variables.get("region")
print(json.dumps([getattr(connection, "host", None), getattr(variable, "value", None)]))
"""
TEXTS = {
    "AIRFLOW_CONN_ORDERS_DB": '{"conn_type": "postgres", "host": "orders.example.com"}',
    "AIRFLOW_VAR_REGION": "eu",
}


@pytest.fixture(scope="module")
def environments() -> Mapping[str, Mapping[str, str]]:
    """The variables of each part's main container; what a Secret fills is empty."""
    official_chart()
    stack = render(
        PROGRAM,
        "dev",
        strict=True,
        say=print,
        changes={
            "connections": {"orders_db": {"secret": "orders", "key": "connection"}},
            "variables": {"region": {"secret": "places", "key": "region"}},
        },
    )
    found: dict[str, Mapping[str, str]] = {}
    for each in stack.objects:
        if each.pods and each.pods.template and (each.kind == "Deployment" or each.origin == TASK):
            container = each.pods.template["spec"]["containers"][0]
            name = "worker" if each.origin == TASK else each.name.removeprefix("airflow-")
            found[name] = {v["name"]: v.get("value", "") for v in container.get("env") or ()}
    return found


def answered(environment: Mapping[str, str], home: Path) -> Any:
    """What Airflow finds with these variables, and a database that has nothing."""
    own = {name: text for name, text in TEXTS.items() if name in environment}
    database = f"{home}/airflow.db"
    said = run(
        [find_airflow(print), "-c", ASK],
        environment={
            "PATH": "",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
            **own,
        },
        timeout=120,
    )
    return json.loads(said.splitlines()[-1])


@pytest.mark.parametrize("part", ["api-server", "triggerer", "dag-processor"])
def test_who_answers_for_connections_and_variables_has_them(
    environments: Mapping[str, Mapping[str, str]], tmp_path: Path, part: str
) -> None:
    assert answered(environments[part], tmp_path) == ["orders.example.com", "eu"]


def test_who_has_none_answers_nothing(
    environments: Mapping[str, Mapping[str, str]], tmp_path: Path
) -> None:
    assert answered(environments["scheduler"], tmp_path) == [None, None]


@pytest.mark.parametrize("part", ["worker", "scheduler", "statsd"])
def test_the_others_have_no_text_of_them(
    environments: Mapping[str, Mapping[str, str]], part: str
) -> None:
    assert not TEXTS.keys() & environments[part].keys()
