"""Combinations that can't work are refused before anything is created."""

from collections.abc import Callable
from typing import Any

import pytest

from airflow_k8s.stack.settings import validation
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.schema import RawConfig, read
from tests.stack.settings.test_schema import RIGHT, settings

OAUTH = {
    "mode": "oauth",
    "metadataUrl": "https://id.example.com/.well-known/openid-configuration",
    "clientId": "airflow",
    "clientSecret": {"secret": "identity-provider"},
    "defaultRole": "Viewer",
}
KEY = {"secret": "orders", "key": "connection"}
TASKS_DATABASE = {"pipelineDatabase": {"existing": "pipeline"}}
GT = {"key": "gpus", "operator": "Gt"}


COMBINATIONS: list[tuple[dict[str, Any], str]] = [
    ({"cluster": {}}, "cluster.context"),
    (
        {"scheduler": {"resources": {"limits": {"memory": "1Mi"}}}},
        "scheduler.resources.limits.memory",
    ),
    ({"tasks": {"heavy": {"limits": {"cpu": "100m"}}}}, "tasks.heavy.limits.cpu"),
    ({"dags": {"branch": "main", "ref": "v1"}}, "dags.branch"),
    ({"dags": {}}, "dags.branch"),
    ({"dags": {"branch": "main", "repo": ""}}, "dags.repo"),
    ({"dags": {"branch": "main", "sshKeySecret": "key"}}, "dags.sshKeySecret"),
    (
        {
            "dags": {
                "branch": "main",
                "sshKeySecret": "key",
                "knownHosts": "host",
                "credentialsSecret": "login",
            }
        },
        "dags.sshKeySecret",
    ),
    (
        {
            "dags": {
                "branch": "main",
                "source": "git-bundle",
                "sshKeySecret": "key",
                "knownHosts": "host",
            }
        },
        "dags.sshKeySecret",
    ),
    ({"logs": {"store": "remote"}}, "logs.store"),
    (
        {"secrets": {"fernetKey": {"rotation": 2, "retired": 2}, **TASKS_DATABASE}},
        "secrets.fernetKey.retired",
    ),
    (
        {
            "secrets": {
                "fernetKey": {"existing": "mine", "rotation": 2, "retired": 1},
                **TASKS_DATABASE,
            }
        },
        "secrets.fernetKey.retired",
    ),
    ({"network": {"dns": {"namespaces": []}}}, "network.dns"),
    ({"network": {"kubernetesApi": {"cidrs": []}}}, "network.kubernetesApi"),
    ({"network": {"git": {"cidrs": []}}}, "network.git"),
    ({"ingress": {"host": "a.example.com"}}, "network.ui"),
    (
        {"dags": {"branch": "main", "repo": "https://git.example.com:8443/dags.git"}},
        "network.git.ports",
    ),
    (
        {"dags": {"branch": "main", "repo": "git@host:r"}, "network": {"git": {"ports": [443]}}},
        "network.git.ports",
    ),
    ({"gpu": {"mode": "nodes", "count": 1}}, "gpu.mode"),
    ({"gpu": {"mode": "karpenter", "count": 1}}, "gpu.mode"),
    ({"gpu": {"mode": "existing"}}, "gpu.mode"),
    ({"gpu": {"count": 1}}, "gpu.mode"),
    ({"database": {"mode": "external"}}, "database.mode"),
    ({"secrets": RIGHT["secrets"] | {"metadata": {"existing": "m"}}}, "secrets.database.existing"),
    ({"secrets": {}}, "pipelineDatabaseUrl"),
    ({"cluster": {"context": "c", "severalNodes": True}}, "data.accessMode"),
    ({"ingress": {"tlsSecret": "t"}}, "ingress.tlsSecret"),
    ({"gpu": {"mode": "nodes", "count": 1, "nodes": ["a", "a"]}}, "gpu.nodes"),
    (
        {"gpu": {"mode": "karpenter", "count": 1, "karpenter": {"requirements": [GT]}}},
        "gpu.karpenter.requirements",
    ),
    ({"chart": {"reference": "oci://h/airflow"}}, "chart.reference"),
    ({"chart": {"repository": ""}}, "chart.repository"),
    ({"scheduler": {"replicas": 2}, "tasks": {"parallelism": 5}}, "tasks.parallelism"),
    ({"signIn": {"clientId": "a"}}, "signIn.clientId"),
    ({"signIn": OAUTH | {"metadataUrl": ""}}, "signIn.metadataUrl"),
    ({"signIn": OAUTH | {"clientId": ""}}, "signIn.clientId"),
    ({"signIn": OAUTH | {"clientSecret": {}}}, "signIn.clientSecret.secret"),
    ({"signIn": OAUTH | {"scopes": ["email"]}}, "signIn.scopes"),
    ({"signIn": OAUTH | {"defaultRole": ""}}, "signIn.roles"),
    ({"signIn": OAUTH | {"roles": {"{{ x }}": "Op"}}}, "signIn.roles"),
    ({"signIn": OAUTH, "network": {"identityProvider": {"cidrs": []}}}, "network.identityProvider"),
    ({"connections": {"my-db": KEY}}, "connections.my-db"),
    ({"connections": {"dags_git": KEY}}, "connections.dags_git"),
    ({"connections": {"Remote_Logs": KEY}}, "connections.Remote_Logs"),
    ({"connections": {"a": KEY, "A": KEY}}, "connections"),
    ({"variables": {"1st": KEY}}, "variables.1st"),
]
"""Settings that can't work together, and the key of the problem that is reported first."""


@pytest.mark.parametrize(("stack", "key"), COMBINATIONS)
def test_a_combination_that_cannot_work_is_a_problem(stack: dict[str, Any], key: str) -> None:
    problems = validation.problems(settings(**stack))
    assert problems
    assert problems[0].key == key


def test_the_message_of_a_combination_that_cannot_work_has_the_fix(
    golden: Callable[[str, str], None],
) -> None:
    first = [validation.problems(settings(**stack))[0] for stack, _ in COMBINATIONS]
    golden("combinations.txt", "".join(f"{problem.message}\n" for problem in first))


def test_a_stack_that_can_work_has_no_problems() -> None:
    assert validation.problems(settings()) == []
    given = {"orders_db": KEY, "S3": KEY}
    assert validation.problems(settings(signIn=OAUTH, connections=given, variables=given)) == []


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:hunter2@db/x",
        "hunter2",
        "postgresql://",
        "postgresql://user:hunter2@db",
        "postgresql://user:hun#ter2@db/x",
        "postgresql+asyncpg://user:hunter2@db/x",
        "postgresql://user:hunter2@[db/x",
        "postgresql://user:hunter2@db:port/x",
    ],
)
def test_a_wrong_database_address_is_reported_without_its_text(url: str) -> None:
    given = RawConfig(
        texts={
            "cluster": '{"context": "c"}',
            "dags": '{"branch": "main"}',
            "pipelineDatabaseUrl": url,
        },
        encrypted=frozenset({"pipelineDatabaseUrl"}),
    )
    s, problems = read(Settings, given)
    assert s
    assert not problems
    (problem,) = validation.problems(s)
    assert problem.key == "pipelineDatabaseUrl"
    assert "postgresql://user:password@host/database" in problem.message
    assert "ter2" not in problem.message


def test_every_placeholder_of_the_repository_is_a_problem() -> None:
    problems = validation.placeholders(settings())
    messages = {problem.key: problem.message for problem in problems}
    assert set(messages) == {
        "dags.repo",
        "pipeline.processorImage",
        "pipeline.validatorImage",
        "pipeline.s3Bucket",
    }
    assert "'https://github.com/your-org/airflow-dags.git'" in messages["dags.repo"]


def test_a_placeholder_in_an_unused_setting_is_no_problem() -> None:
    problems = validation.placeholders(settings(dags={"source": "image"}))
    assert problems
    assert "dags.repo" not in [problem.key for problem in problems]


def test_chart_values_can_leave_out_requests_and_limits() -> None:
    for resources in ({"requests": None, "limits": {"cpu": "1"}}, {"requests": {}, "limits": None}):
        given = settings(values={"scheduler": {"resources": resources}})
        assert validation.problems(given) == []
