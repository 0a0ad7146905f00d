"""airflow.cfg and the API server's environment, which has it all, as the cluster gives them, read
by Airflow's own command line."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from airflow_k8s.kube.pods import pods_of
from airflow_k8s.stack.chart.values import airflow_values
from airflow_k8s.toolchain.airflow import find_airflow
from airflow_k8s.toolchain.command import run
from tests.conftest import settings_of
from tests.dags.conftest import on
from tests.rendering.conftest import rendered

pytestmark = [pytest.mark.chart, pytest.mark.parametrize("stack", ["dev", "prod"])]

# Runs under Airflow's Python: `airflow config …` for each, in one process: loading takes long.
ASK = """
import contextlib, io, json, sys
from airflow.cli.cli_parser import get_parser
from airflow.configuration import conf

def told(*words):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        args = get_parser().parse_args(["config", *words])
        args.func(args)
    return out.getvalue().strip()

wanted = json.load(sys.stdin)
print(json.dumps({
    "values": {f"{s}.{k}": told("get-value", s, k) for s, k in wanted},
    "unknown": [f"{s}.{k}" for s, k in wanted
                if k not in conf.configuration_description.get(s, {}).get("options", {})],
    # It tells of any executor but today's default that the default was another once.
    "lint": told("lint", "--ignore-option", "executor"),
}))
"""
SECRETS = {
    "database.sql_alchemy_conn": "postgresql://u:p@airflow-postgresql/airflow",
    "database.sql_alchemy_conn_async": "postgresql+asyncpg://u:p@airflow-postgresql/airflow",
    "core.fernet_key": "a" * 43 + "=",
    "api.secret_key": "the API's",
    "api_auth.jwt_secret": "the tokens'",
}
ELSEWHERE = {
    "core.executor": "KubernetesExecutor",
    "core.auth_manager": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
    "core.execution_api_server_url": "http://airflow-api-server:8080/execution/",
    "core.load_examples": "False",
    "kubernetes_executor.namespace": "airflow",
    "kubernetes_executor.worker_container_repository": "apache/airflow",
    "kubernetes_executor.worker_container_tag": "3.2.2",
    "logging.remote_logging": "False",
}


def meant(stack: str) -> dict[str, str]:
    """What we set in the chart's `config`, and what it shall make of the rest."""
    ours = airflow_values(settings_of(stack), {})["config"]
    flat = {f"{s}.{k}": v for s, options in ours.items() for k, v in options.items()}
    return (
        {key: str(value) for key, value in flat.items() if value is not None} | ELSEWHERE | SECRETS
    )


@cache
def read(stack: str) -> Mapping[str, Any]:
    """What the API server's Airflow makes of it."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "airflow.cfg").write_text(on(stack).config)
        messages = run(
            [find_airflow(print), "-c", ASK],
            stdin=json.dumps([key.split(".") for key in meant(stack)]),
            environment=environment(stack) | {"AIRFLOW_HOME": folder, "PATH": ""},
            timeout=120,
        )
    return json.loads(messages.splitlines()[-1])


def environment(stack: str) -> dict[str, str]:
    """The API server's, with texts for its Secrets."""
    api_server = next(
        o
        for o in rendered(stack).objects
        if (o.kind, o.name) == ("Deployment", "airflow-api-server")
    )
    pods = pods_of(api_server.manifest)
    assert pods
    container = next(c for c in pods.template["spec"]["containers"] if c["name"] == "api-server")
    found = {each["name"]: each.get("value", "") for each in container["env"]}
    for key, text in SECRETS.items():
        section, option = key.split(".")
        name = f"AIRFLOW__{section}__{option}".upper()
        assert found.get(name) == "", f"{name} is not filled from a Secret"
        found[name] = text
    return found


def test_airflow_reads_what_we_meant(stack: str) -> None:
    assert read(stack)["values"] == meant(stack)


def test_airflow_knows_every_option_that_we_set(stack: str) -> None:
    # It takes one that it does not know without a word, a misspelt one too.
    assert read(stack)["unknown"] == []


def test_airflow_finds_nothing_to_complain_of(stack: str) -> None:
    assert "No issues found" in read(stack)["lint"]
