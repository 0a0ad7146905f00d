"""The rendered airflow.cfg and environment of the API server, read by Airflow's command line.

The API server is the component whose environment has all options.
"""

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

# Runs under Airflow's Python. One process runs `airflow config …` for all options, because
# every start of Airflow takes seconds.
READ_PROGRAM = """
import contextlib, io, json, sys
from airflow.cli.cli_parser import get_parser
from airflow.configuration import conf

def output_of(*arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        args = get_parser().parse_args(["config", *arguments])
        args.func(args)
    return out.getvalue().strip()

options = json.load(sys.stdin)
print(json.dumps({
    "values": {f"{s}.{k}": output_of("get-value", s, k) for s, k in options},
    "unknown": [f"{s}.{k}" for s, k in options
                if k not in conf.configuration_description.get(s, {}).get("options", {})],
    # For any executor but the default, lint reports that the default has changed.
    "lint": output_of("lint", "--ignore-option", "executor"),
}))
"""
SECRETS = {
    "database.sql_alchemy_conn": "postgresql://u:p@airflow-postgresql/airflow",
    "database.sql_alchemy_conn_async": "postgresql+asyncpg://u:p@airflow-postgresql/airflow",
    "core.fernet_key": "a" * 43 + "=",
    "api.secret_key": "the API's",
    "api_auth.jwt_secret": "the tokens'",
}
FROM_THE_CHART = {
    "core.executor": "KubernetesExecutor",
    "core.auth_manager": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
    "core.execution_api_server_url": "http://airflow-api-server:8080/execution/",
    "core.load_examples": "False",
    "kubernetes_executor.namespace": "airflow",
    "kubernetes_executor.worker_container_repository": "apache/airflow",
    "kubernetes_executor.worker_container_tag": "3.2.2",
    "logging.remote_logging": "False",
}


def expected(stack: str) -> dict[str, str]:
    """The options that we set in the chart's `config`, and those that the chart sets itself."""
    ours = airflow_values(settings_of(stack), {})["config"]
    flat = {f"{s}.{k}": v for s, options in ours.items() for k, v in options.items()}
    return (
        {key: str(value) for key, value in flat.items() if value is not None}
        | FROM_THE_CHART
        | SECRETS
    )


@cache
def read(stack: str) -> Mapping[str, Any]:
    """The options as the Airflow of the API server reads them."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "airflow.cfg").write_text(on(stack).config)
        output = run(
            [find_airflow(print), "-c", READ_PROGRAM],
            stdin=json.dumps([key.split(".") for key in expected(stack)]),
            environment=environment(stack) | {"AIRFLOW_HOME": folder, "PATH": ""},
            timeout=120,
        )
    return json.loads(output.splitlines()[-1])


def environment(stack: str) -> dict[str, str]:
    """The environment of the API server, with values for the variables from Secrets."""
    api_server = next(
        o
        for o in rendered(stack).objects
        if (o.kind, o.name) == ("Deployment", "airflow-api-server")
    )
    pods = pods_of(api_server.manifest)
    assert pods
    container = next(c for c in pods.template["spec"]["containers"] if c["name"] == "api-server")
    found = {variable["name"]: variable.get("value", "") for variable in container["env"]}
    for key, text in SECRETS.items():
        section, option = key.split(".")
        name = f"AIRFLOW__{section}__{option}".upper()
        assert found.get(name) == "", f"{name} does not come from a Secret"
        found[name] = text
    return found


def test_airflow_reads_the_expected_options(stack: str) -> None:
    assert read(stack)["values"] == expected(stack)


def test_airflow_knows_every_option_that_we_set(stack: str) -> None:
    # Airflow ignores an unknown option without a warning, for example a misspelt one.
    assert read(stack)["unknown"] == []


def test_airflow_config_lint_reports_no_issue(stack: str) -> None:
    assert "No issues found" in read(stack)["lint"]
