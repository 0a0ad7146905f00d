"""Rules for secret texts, and for pods that read Secrets."""

from dataclasses import replace
from typing import Any

import pytest

from airflow_k8s.policy.rules import secrets
from airflow_k8s.rendering.manifests import CHART, Object
from tests.policy.samples import (
    claim,
    container,
    deployment,
    findings_of,
    from_secret,
    made,
    mounted,
    pod,
    release,
    scope,
    secret,
)


def clear(*objects: Object, values: Any = None) -> list[str]:
    resources = [release(values=values)] if values else []
    return findings_of(secrets.no_secret_in_clear, scope(objects, resources))


def with_variable(name: str, value: Any) -> list[str]:
    return clear(deployment(containers=[container(env=[{"name": name, "value": value}])]))


def with_arguments(*arguments: str, command: list[str] | None = None) -> bool:
    return bool(clear(deployment(containers=[container(command=command, args=[*arguments])])))


def with_file(text: str, file: str = "airflow.cfg") -> list[str]:
    return clear(made("ConfigMap", "airflow-config", data={file: text}))


def test_a_secret_in_values_is_a_finding() -> None:
    assert clear(values={"data": {"metadataConnection": {"pass": "hunter2"}}}) == [
        "Release/airflow-release: values.data.metadataConnection.pass holds a secret"
    ], "Helm keeps values in clear, and so does Pulumi"
    assert not clear(values={"data": {"metadataSecretName": "airflow-metadata"}})
    assert not findings_of(secrets.no_secret_in_clear, scope(resources=[release(values=None)]))


def test_a_resource_that_is_no_release_has_no_values() -> None:
    other = replace(release(values={"fernetKey": "abc"}), type="random:index/x:RandomPassword")
    assert not findings_of(secrets.no_secret_in_clear, scope(resources=[other]))


@pytest.mark.parametrize(
    ("text", "told_as"),
    [
        ("[smtp]\nsmtp_password = hunter2\n", "smtp_password"),
        ("export GIT_TOKEN=abc\n", "GIT_TOKEN"),
        ("[core]\nfernet_key = abc\n[api]\nsecret_key = def", "fernet_key and secret_key"),
        ("sql_alchemy_conn = postgresql://airflow:hunter2@db/airflow", "a secret"),
        ("database:\n  password: hunter2\n", "a secret"),
        ('{"api_key": "abc"}', "a secret"),
    ],
)
def test_a_secret_in_a_config_map_is_a_finding(text: str, told_as: str) -> None:
    assert with_file(text) == [f"ConfigMap/airflow-config: airflow.cfg holds {told_as}"], (
        "everyone who may look at the namespace reads it"
    )


@pytest.mark.parametrize(
    "text",
    [
        "smtp_password =\n",
        'smtp_password = ""\n',
        "smtp_password = {{ from_the_cluster }}\n",
        "smtp_password = $SMTP_PASSWORD\n",
        'export SMTP_PASSWORD="${FROM_A_SECRET}"\n',
        "password: $(PASSWORD)\n",
        "smtp_password = `cat /run/secret`\n",
        "sql_alchemy_conn = postgresql://airflow:$(PASSWORD)@db/airflow",
        "secretName: airflow-metadata\nsecretKey: connection\n",
        "max_tis_per_query = 16",
    ],
)
def test_a_config_map_may_refer_to_a_secret(text: str) -> None:
    assert not with_file(text)


def test_a_secret_in_a_variable_is_a_finding() -> None:
    assert with_variable("SMTP_PASSWORD", "hunter2") == [
        "Deployment/airflow-scheduler: variable SMTP_PASSWORD of main is a secret"
    ]
    assert with_variable("DATABASE", "postgresql://user:hunter2@host/db")
    assert with_variable("AIRFLOW_CONN_S3", "aws://")


def test_a_secret_in_a_variable_of_an_init_container_is_a_finding() -> None:
    first = container(name="first", env=[{"name": "GIT_TOKEN", "value": "abc"}])
    (found,) = clear(deployment(initContainers=[first]))
    assert "of first" in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_PASSWORD", ""),
        ("SMTP_PASSWORD", None),
        ("SMTP_PASSWORD", "$(FROM_A_SECRET)"),
        ("DATABASE", "postgresql://user:$(PASSWORD)@host/db"),
        ("ADMIN_EMAIL", "admin@example.com"),
        ("REPLICAS", 3),
    ],
)
def test_a_variable_may_be_composed_of_other_variables(name: str, value: Any) -> None:
    assert not with_variable(name, value)


def test_a_variable_from_a_secret_is_accepted() -> None:
    one = container(env=[from_secret("SMTP_PASSWORD", "mail", "password")])
    assert not clear(deployment(containers=[one]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--password", "hunter2"],
        ["--password=hunter2"],
        ["--conn-password 'hunter2'"],
        ["-token", "abc"],
        ["airflow users create -u admin -p hunter2"],
        ["airflow", "users", "create", "--username", "admin", "-p", "hunter2"],
        ["airflow users reset-password -u admin -p hunter2"],
        ["psql postgresql://user:hunter2@host/db"],
        ["PGPASSWORD=hunter2 psql"],
        ["export GIT_TOKEN=abc; git clone"],
    ],
    ids=" ".join,
)
def test_a_secret_in_an_argument_is_a_finding(arguments: list[str]) -> None:
    assert with_arguments(*arguments), "it stands in the list of processes as well"
    assert with_arguments(command=["sh", "-c", " ".join(arguments)])


@pytest.mark.parametrize(
    "arguments",
    [
        ["mkdir -p data"],
        ["nc", "-p", "8080"],
        ["--password", "$PASSWORD"],
        ["--password", '"$PASSWORD"', "admin"],
        ["--password $(cat /run/secret) admin"],
        ["airflow users create -u admin -p $ADMIN_PASSWORD"],
        ["--password-file", "/run/secret"],
        ["--password", "--username", "admin"],
        ["psql postgresql://user:$PASSWORD@host/db"],
        ["PGPASSWORD=$PASSWORD psql"],
        ['PGPASSWORD="" psql'],
        ["airflow db migrate"],
    ],
    ids=" ".join,
)
def test_an_argument_may_refer_to_a_secret(arguments: list[str]) -> None:
    assert not with_arguments(*arguments)


def test_the_message_about_an_argument_does_not_contain_the_secret() -> None:
    assert clear(deployment(containers=[container(args=["--token", "abc"])])) == [
        "Deployment/airflow-scheduler: the arguments of main hold a secret"
    ]


def test_a_secret_of_the_chart_is_a_finding() -> None:
    of_the_chart, ours = secret("airflow-redis", "password", origin=CHART), secret("own", "key")
    assert findings_of(secrets.chart_makes_no_secret, scope([of_the_chart, ours])) == [
        "Secret/airflow-redis: the chart declares it"
    ]


def missing(subject: Object, *others: Object, **settings: Any) -> list[str]:
    return findings_of(secrets.references_exist, scope([subject, *others], **settings))


def reading(name: str, key: str, **more: Any) -> Object:
    return deployment(containers=[container(env=[from_secret("A", name, key, **more)])])


def test_a_missing_secret_or_key_is_a_finding() -> None:
    assert missing(reading("own", "key"), secret("other", "key")) == [
        "Deployment/airflow-scheduler: Secret own does not exist"
    ]
    assert missing(reading("own", "key"), secret("own", "other")) == [
        "Deployment/airflow-scheduler: Secret own has no key key"
    ]
    assert not missing(reading("own", "key"), secret("own", "key"))
    assert not missing(reading("own", "key"), made("Secret", "own", data={"key": "aGlkZGVu"}))


def test_a_reference_to_a_complete_secret_needs_no_key() -> None:
    mounting = deployment(volumes=[{"name": "v", "secret": {"secretName": "own"}}])
    assert not missing(mounting, secret("own"))
    assert missing(mounting) == ["Deployment/airflow-scheduler: Secret own does not exist"]


def test_an_optional_reference_may_be_missing() -> None:
    assert not missing(reading("own", "key", optional=True))


def test_a_secret_that_is_listed_as_existing_is_accepted() -> None:
    assert not missing(reading("own", "key"), policies={"existingSecrets": ["own"]})
    assert missing(reading("own", "key"), policies={"existingSecrets": ["other"]})


@pytest.mark.parametrize(
    "settings",
    [
        {"secrets": {"apiKey": {"existing": "own"}}},
        {"secrets": {"fernetKey": {"existing": "own"}}},
        {"secrets": {"apiSecretKey": {"existing": "own"}}},
        {"secrets": {"jwtSecret": {"existing": "own"}}},
        {"secrets": {"admin": {"existing": "own"}}},
        {"secrets": {"database": {"existing": "own"}}},
        {"secrets": {"metadata": {"existing": "own"}}},
        {"secrets": {"pipelineDatabase": {"existing": "own"}}},
        {"image": {"pullSecrets": ["own"]}},
        {"dags": {"credentialsSecret": "own"}},
        {"dags": {"sshKeySecret": "own"}},
        {"logs": {"connectionSecret": "own"}},
        {"ingress": {"tlsSecret": "own"}},
        {"signIn": {"clientSecret": {"secret": "own"}}},
        {"connections": {"orders_db": {"secret": "own", "key": "any"}}},
        {"variables": {"region": {"secret": "own", "key": "any"}}},
    ],
    ids=str,
)
def test_every_setting_that_names_a_secret_lists_it_as_existing(settings: dict[str, Any]) -> None:
    assert not missing(reading("own", "key"), **settings)


def test_a_missing_claim_is_a_finding() -> None:
    using = deployment(volumes=[mounted("data")])
    assert missing(using) == ["Deployment/airflow-scheduler: claim data does not exist"]
    assert not missing(using, claim("data"))
    assert missing(using, secret("data")), "a Secret of that name is no claim"


def test_a_claim_template_does_not_declare_a_claim_of_its_name() -> None:
    using = deployment(kind="StatefulSet", volumes=[mounted("data")])
    using.manifest["spec"]["volumeClaimTemplates"] = [{"metadata": {"name": "data"}}]
    assert missing(using), "it makes data-airflow-scheduler-0"


def of_the_platform(subject: Object, **settings: Any) -> list[str]:
    return findings_of(secrets.task_pods_read_no_platform_secret, scope([subject], **settings))


PLATFORM = [
    ("airflow-metadata", "connection"),
    ("airflow-metadata", "connection-async"),
    ("airflow-fernet-key", "fernet-key"),
    ("airflow-api-secret-key", "api-secret-key"),
    ("airflow-jwt-secret", "jwt-secret"),
    ("airflow-admin", "password"),
    ("airflow-database", "password"),
]


@pytest.mark.parametrize("part", ["task", "task pod"])
@pytest.mark.parametrize(("name", "key"), PLATFORM)
def test_a_pod_with_code_of_dags_reads_no_secret_of_airflow(part: str, name: str, key: str) -> None:
    one = container(env=[from_secret("OWN", name, key)])
    called = {"task": "Pod/of-a-task", "task pod": "task pod"}[part]
    assert of_the_platform(pod(part=part, containers=[one])) == [
        f"{called}: it reads {key} of Secret {name}"
    ], "whoever writes a DAG would own the platform"


def test_a_task_pod_that_mounts_a_secret_of_airflow_is_a_finding() -> None:
    volume = {"name": "v", "secret": {"secretName": "airflow-fernet-key"}}
    assert of_the_platform(pod(volumes=[volume])) == [
        "Pod/of-a-task: it reads Secret airflow-fernet-key"
    ]
    every = container(envFrom=[{"secretRef": {"name": "airflow-fernet-key"}}])
    assert of_the_platform(pod(containers=[every]))


def test_a_task_pod_may_read_the_secrets_of_tasks() -> None:
    one = container(
        env=[
            from_secret("API_KEY", "api-secrets", "api-key"),
            from_secret("DATABASE_URL", "pipeline-database", "url"),
        ]
    )
    others = [
        {"name": "key", "secret": {"secretName": "api-secrets"}},
        mounted("airflow-fernet-key"),
    ]
    assert not of_the_platform(pod(containers=[one], volumes=others))


def test_an_existing_secret_may_contain_keys_for_tasks_and_for_airflow() -> None:
    existing = {"apiKey": {"existing": "own"}, "fernetKey": {"existing": "own"}}
    reads_its_own = container(env=[from_secret("API_KEY", "own", "api-key")])
    assert not of_the_platform(pod(containers=[reads_its_own]), secrets=existing)
    reads_another = container(env=[from_secret("KEY", "own", "fernet-key")])
    assert of_the_platform(pod(containers=[reads_another]), secrets=existing)


def test_a_task_pod_that_reads_the_sign_in_secret_is_a_finding() -> None:
    named = {"clientSecret": {"secret": "own", "key": "id"}}
    reads_it = container(env=[from_secret("ID", "own", "id")])
    assert of_the_platform(pod(containers=[reads_it]), signIn=named)
    reads_another = container(env=[from_secret("ID", "own", "other")])
    assert not of_the_platform(pod(containers=[reads_another]), signIn=named)


@pytest.mark.parametrize(
    "name",
    [
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__API_AUTH__JWT_SECRET",
    ],
)
def test_a_pod_with_code_of_dags_has_no_variable_of_airflows_secrets(name: str) -> None:
    in_clear = container(env=[{"name": name, "value": "x"}])
    from_another = container(env=[from_secret(name, "a-copy", "key")])
    for one in (in_clear, from_another):
        assert of_the_platform(pod(containers=[one])) == [f"Pod/of-a-task: it has {name}"]
    empty = container(env=[{"name": name, "value": ""}])
    assert not of_the_platform(pod(containers=[empty]))


def test_airflow_itself_reads_its_secrets() -> None:
    one = container(env=[from_secret("AIRFLOW__CORE__FERNET_KEY", *PLATFORM[2])])
    assert not of_the_platform(deployment(containers=[one]))
