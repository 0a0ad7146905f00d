"""Merging the values of a chart, and finding secrets in them."""

from typing import Any

import pytest

from airflow_k8s.kube.helm_values import merge, secrets_in


def test_mappings_are_merged_and_other_values_replaced() -> None:
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1}
    assert merge(base, {"a": {"y": [3]}, "c": 2}) == {"a": {"x": 1, "y": [3]}, "b": 1, "c": 2}


def test_a_null_is_kept_because_it_removes_a_default_of_the_chart() -> None:
    assert merge({"a": {"x": 1}}, {"a": {"x": None}}) == {"a": {"x": None}}


def test_a_merge_does_not_change_its_arguments() -> None:
    base: dict[str, Any] = {"a": {"x": 1}}
    merge(base, {"a": {"x": 2}})
    assert base == {"a": {"x": 1}}


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"fernetKey": "x"}, "values.fernetKey"),
        ({"jwtSecret": "x"}, "values.jwtSecret"),
        ({"extraSecrets": {"mine": {"data": "eA=="}}}, "values.extraSecrets"),
        ({"data": {"metadataConnection": {"pass": "x"}}}, "values.data.metadataConnection.pass"),
        ({"config": {"smtp": {"smtp_password": "x"}}}, "values.config.smtp.smtp_password"),
        ({"config": {"api": {"secret_key": "x"}}}, "values.config.api.secret_key"),
        ({"config": {"core": {"broker": "redis://u:p@h/0"}}}, "values.config.core.broker"),
        ({"env": [{"name": "AWS_TOKEN", "value": "x"}]}, "values.env[0].value"),
        ({"redis": {"password": "x"}}, "values.redis.password"),
        ({"fernetKey": 12345}, "values.fernetKey"),
        ({"config": {"aws": {"secret_access_key": "x"}}}, "values.config.aws.secret_access_key"),
        ({"env": [{"name": "DB_PWD", "value": 12345}]}, "values.env[0].value"),
        ({"env": [{"name": "AIRFLOW_CONN_A", "value": "{}"}]}, "values.env[0].value"),
        ({"extraEnv": "- name: DB_PASSWORD\n  value: x\n"}, "values.extraEnv[0].value"),
        (
            {"extraConfigMaps": {"mine": {"data": "smtp_password: x\n"}}},
            "values.extraConfigMaps.mine.data.smtp_password",
        ),
        ({"dags": {"gitSync": {"sshKey": "x"}}}, "values.dags.gitSync.sshKey"),
        (
            {"createUserJob": {"defaultUser": {"password": "x"}}},
            "values.createUserJob.defaultUser.password",
        ),
    ],
)
def test_a_secret_text_is_found(values: dict[str, Any], path: str) -> None:
    assert secrets_in(values) == [path]


@pytest.mark.parametrize(
    "values",
    [
        {"fernetKeySecretName": "mine"},
        {"dags": {"gitSync": {"credentialsSecret": "mine", "repo": "https://host/repo"}}},
        {"secret": [{"envName": "A", "secretName": "mine", "secretKey": "password"}]},
        {"env": [{"name": "REGION", "value": "eu"}]},
        {"fernetKey": None},
        {"redis": {"password": ""}},
        {"enableBuiltInSecretEnvVars": {"AIRFLOW__API__SECRET_KEY": True}},
    ],
)
def test_the_name_of_a_secret_is_no_secret_text(values: dict[str, Any]) -> None:
    assert secrets_in(values) == []
