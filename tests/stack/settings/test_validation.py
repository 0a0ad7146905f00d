"""Combinations that can't work are refused before anything is created."""

from typing import Any

import pytest

from airflow_k8s.stack.settings import validation
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.schema import Found, read
from tests.stack.settings.test_schema import RIGHT, settings

OAUTH = {
    "mode": "oauth",
    "metadataUrl": "https://id.example.com/.well-known/openid-configuration",
    "clientId": "airflow",
    "clientSecret": {"secret": "identity-provider"},
    "defaultRole": "Viewer",
}
KEY = {"secret": "orders", "key": "connection"}
TASKS_DATABASE = {"pipelineDatabase": {"existing": "there"}}
GT = {"key": "gpus", "operator": "Gt"}


@pytest.mark.parametrize(
    ("stack", "told"),
    [
        ({"cluster": {}}, "cluster.context is not set"),
        (
            {"scheduler": {"resources": {"limits": {"memory": "1Mi"}}}},
            "scheduler.resources.limits.memory is 1Mi, below the request of 768Mi",
        ),
        (
            {"tasks": {"heavy": {"limits": {"cpu": "100m"}}}},
            "tasks.heavy.limits.cpu is 100m, below the request of 500m",
        ),
        ({"dags": {"branch": "main", "ref": "v1"}}, "dags.branch is 'main' and dags.ref is 'v1'"),
        ({"dags": {}}, "dags.branch and dags.ref are both empty"),
        ({"dags": {"branch": "main", "repo": ""}}, "dags.repo is not set"),
        (
            {"dags": {"branch": "main", "sshKeySecret": "key"}},
            "dags.sshKeySecret is set without dags.knownHosts",
        ),
        (
            {
                "dags": {
                    "branch": "main",
                    "sshKeySecret": "key",
                    "knownHosts": "host",
                    "credentialsSecret": "login",
                }
            },
            "dags.sshKeySecret and dags.credentialsSecret are both set",
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
            "dags.sshKeySecret is for git-sync",
        ),
        ({"logs": {"store": "remote"}}, "logs.store is remote without logs.folder"),
        (
            {"secrets": {"fernetKey": {"rotation": 2, "retired": 2}, **TASKS_DATABASE}},
            "secrets.fernetKey.retired is 2, which takes the newest key too",
        ),
        (
            {
                "secrets": {
                    "fernetKey": {"existing": "mine", "rotation": 2, "retired": 1},
                    **TASKS_DATABASE,
                }
            },
            "secrets.fernetKey.retired is of generated keys",
        ),
        ({"network": {"dns": {"namespaces": []}}}, "network.dns has neither cidrs nor namespaces"),
        ({"network": {"kubernetesApi": {"cidrs": []}}}, "network.kubernetesApi has neither"),
        ({"network": {"git": {"cidrs": []}}}, "network.git has neither cidrs nor namespaces"),
        ({"ingress": {"host": "a.example.com"}}, "network.ui has neither cidrs nor namespaces"),
        (
            {"dags": {"branch": "main", "repo": "https://git.example.com:8443/dags.git"}},
            "network.git.ports lacks 8443, where dags.repo is",
        ),
        (
            {
                "dags": {"branch": "main", "repo": "git@host:r"},
                "network": {"git": {"ports": [443]}},
            },
            "network.git.ports lacks 22, where dags.repo is",
        ),
        ({"gpu": {"mode": "nodes", "count": 1}}, "gpu.mode is nodes without gpu.nodes"),
        (
            {"gpu": {"mode": "karpenter", "count": 1}},
            "gpu.mode is karpenter without gpu.karpenter.requirements",
        ),
        ({"gpu": {"mode": "existing"}}, "gpu.mode is existing with gpu.count 0"),
        ({"gpu": {"count": 1}}, "gpu.mode is none with gpu.count 1"),
        ({"database": {"mode": "external"}}, "database.mode is external, which takes"),
        (
            {"secrets": RIGHT["secrets"] | {"metadata": {"existing": "m"}}},
            "secrets.database.existing and secrets.metadata.existing go together",
        ),
        ({"secrets": {}}, "pipelineDatabaseUrl"),
        (
            {"cluster": {"context": "c", "severalNodes": True}},
            "data.accessMode is ReadWriteOnce with cluster.severalNodes",
        ),
        ({"ingress": {"tlsSecret": "t"}}, "ingress.tlsSecret is set without ingress.host"),
        ({"gpu": {"mode": "nodes", "count": 1, "nodes": ["a", "a"]}}, "gpu.nodes names 'a' twice"),
        (
            {"gpu": {"mode": "karpenter", "count": 1, "karpenter": {"requirements": [GT]}}},
            "gpu.karpenter.requirements: gpus Gt has 0 values; want one",
        ),
        ({"chart": {"reference": "oci://h/airflow"}}, "chart.reference is 'oci://h/airflow'"),
        ({"chart": {"repository": ""}}, "chart.repository is empty"),
        (
            {"scheduler": {"replicas": 2}, "tasks": {"parallelism": 5}},
            "tasks.parallelism is 5 for 2 schedulers",
        ),
        ({"signIn": {"clientId": "a"}}, "signIn.clientId is set, but signIn.mode is password"),
        ({"signIn": OAUTH | {"metadataUrl": ""}}, "signIn.metadataUrl is not set"),
        ({"signIn": OAUTH | {"clientId": ""}}, "signIn.clientId is not set"),
        ({"signIn": OAUTH | {"clientSecret": {}}}, "signIn.clientSecret.secret is not set"),
        ({"signIn": OAUTH | {"scopes": ["email"]}}, "signIn.scopes lacks openid"),
        (
            {"signIn": OAUTH | {"defaultRole": ""}},
            "signIn.roles and signIn.defaultRole are both empty; nobody could sign in",
        ),
        (
            {"signIn": OAUTH | {"roles": {"{{ x }}": "Op"}}},
            "signIn.roles names the group '{{ x }}'; want some text without {{",
        ),
        (
            {"signIn": OAUTH, "network": {"identityProvider": {"cidrs": []}}},
            "network.identityProvider has neither cidrs nor namespaces; nobody could sign in",
        ),
        ({"connections": {"my-db": KEY}}, "connections.my-db can't be a variable's name"),
        ({"connections": {"dags_git": KEY}}, "connections.dags_git is one that the platform sets"),
        ({"connections": {"Remote_Logs": KEY}}, "connections.Remote_Logs is one that the platform"),
        ({"connections": {"a": KEY, "A": KEY}}, "connections has A 2 times"),
        ({"variables": {"1st": KEY}}, "variables.1st can't be a variable's name"),
    ],
)
def test_a_combination_that_cannot_work_is_told(stack: dict[str, Any], told: str) -> None:
    problems = validation.problems(settings(**stack))
    assert problems, "nothing was told"
    assert problems[0].startswith(told)


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
def test_a_wrong_database_address_is_told_without_its_text(url: str) -> None:
    given = Found(
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
    (told,) = validation.problems(s)
    assert told.startswith("pipelineDatabaseUrl is no postgresql://user:password@host/database")
    assert "ter2" not in told


def test_a_placeholder_of_the_repository_is_named() -> None:
    told = {line.split(" ")[0]: line for line in validation.placeholders(settings())}
    assert set(told) == {
        "dags.repo",
        "pipeline.processorImage",
        "pipeline.validatorImage",
        "pipeline.s3Bucket",
    }
    assert "'https://github.com/your-org/airflow-dags.git'; set it to your own" in told["dags.repo"]


def test_a_placeholder_that_is_not_used_is_none() -> None:
    told = validation.placeholders(settings(dags={"source": "image"}))
    assert told
    assert not [line for line in told if line.startswith("dags.repo")]


def test_values_of_the_chart_may_leave_requests_out() -> None:
    for resources in ({"requests": None, "limits": {"cpu": "1"}}, {"requests": {}, "limits": None}):
        given = settings(values={"scheduler": {"resources": resources}})
        assert validation.problems(given) == []
