"""Whoever makes mistakes in a stack file hears of all of them, in words that say the way out."""

import json
import math
from typing import Any

import pytest

from airflow_k8s.stack.settings import validation
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.schema import Found, Secret, read

RIGHT: dict[str, Any] = {
    "cluster": {"context": "kind-airflow"},
    "dags": {"branch": "main"},
    "secrets": {"pipelineDatabase": {"existing": "pipeline"}},
}


HOST_WANTED = "ingress.host is 'https://a.example.com'; want a host name, or empty"


def reading(**stack: Any) -> tuple[Settings | None, list[str]]:
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (RIGHT | stack).items()}
    return read(Settings, Found(texts=texts))


def settings(**stack: Any) -> Settings:
    read_settings, problems = reading(**stack)
    assert read_settings, problems
    assert not problems
    return read_settings


def test_what_a_stack_leaves_out_is_at_its_default() -> None:
    s = settings()
    assert s.namespace == "airflow"
    assert s.gpu.taint.key == "nvidia.com/gpu"
    assert s.database.mode == "embedded"


def test_part_of_a_nested_setting_leaves_the_rest_at_its_default() -> None:
    scheduler = settings(scheduler={"resources": {"limits": {"memory": "4Gi"}}}).scheduler
    assert scheduler.resources.limits.memory == "4Gi"
    assert scheduler.resources.requests.memory == "768Mi"
    assert scheduler.replicas == 1


def test_false_and_zero_are_answers_and_not_taken_for_unset() -> None:
    assert settings(protect=False).protect is False
    assert settings(gpu={"count": 0}).gpu.count == 0


@pytest.mark.parametrize(
    ("stack", "told"),
    [
        ({"namespce": "x"}, "namespce is no setting; did you mean namespace?"),
        (
            {"scheduler": {"replica": 2}},
            "scheduler.replica is no setting; did you mean scheduler.replicas?",
        ),
        ({"protect": "yes"}, "protect is 'yes'; want true or false"),
        (
            {"scheduler": {"replicas": "2"}},
            "scheduler.replicas is '2'; want a whole number",
        ),
        ({"scheduler": {"replicas": 0}}, "scheduler.replicas is 0; want 1 or more"),
        ({"scheduler": {"replicas": True}}, "scheduler.replicas is True; want a whole number"),
        ({"scheduler": 2}, "scheduler is 2; want an object"),
        ({"namespace": "Airflow_1"}, "namespace is 'Airflow_1'; want a DNS label, such as airflow"),
        (
            {"data": {"size": "20"}},
            "data.size is '20'; want a size with suffix, such as 512Mi",
        ),
        (
            {"statsd": {"requests": {"cpu": "lots"}}},
            "statsd.requests.cpu is 'lots'; want cores such as 500m or 2",
        ),
        (
            {"gpu": {"mode": "node"}},
            "gpu.mode is 'node'; want one of none, nodes, karpenter, existing",
        ),
        ({"gpu": {"nodes": "gpu-1"}}, "gpu.nodes is 'gpu-1'; want a list"),
        (
            {"gpu": {"nodes": ["GPU 1"]}},
            "gpu.nodes[0] is 'GPU 1'; want a Kubernetes object's name",
        ),
        (
            {"gpu": {"karpenter": {"requirements": [{"operator": "In"}]}}},
            "gpu.karpenter.requirements[0].key is not set; want label key",
        ),
        (
            {"ingress": {"annotations": {"a": 1.5}}},
            'ingress.annotations.a is 1.5; want text: quote it, "1.5"',
        ),
        ({"image": {"tag": 3.2}}, 'image.tag is 3.2; want text: quote it, "3.2"'),
        ({"ingress": {"host": "https://a.example.com"}}, HOST_WANTED),
        ({"image": {"tag": ""}}, "image.tag is ''; want some text"),
        (
            {"image": {"registry": "https://registry.example.com"}},
            "image.registry is 'https://registry.example.com'; want a registry, with a folder or"
            " without, such as registry.example.com/mirror, or empty",
        ),
        (
            {"signIn": {"metadataUrl": "http://id.example.com/"}},
            "signIn.metadataUrl is 'http://id.example.com/'; want an address that begins with"
            " https://, or empty",
        ),
        (
            {"signIn": {"roles": {"admins": "admin"}}},
            "signIn.roles.admins is 'admin'; want a role of Airflow, such as Admin, Op, User or"
            " Viewer",
        ),
        (
            {"connections": {"orders_db": {"secret": "orders"}}},
            "connections.orders_db.key is not set; want its key",
        ),
        (
            {"variables": {"region": "eu"}},
            "variables.region is 'eu'; want an object",
        ),
        ({"prices": {"vcpuHour": "cheap"}}, "prices.vcpuHour is 'cheap'; want a number"),
        ({"prices": {"vcpuHour": True}}, "prices.vcpuHour is True; want a number"),
        ({"prices": {"vcpuHour": None}}, "prices.vcpuHour is None; want a number"),
        ({"prices": {"gibHour": -0.1}}, "prices.gibHour is -0.1; want a price, 0 or more"),
        ({"prices": {"gibHour": math.nan}}, "prices.gibHour is nan; want a price, 0 or more"),
        ({"prices": {"gibHour": math.inf}}, "prices.gibHour is inf; want a price, 0 or more"),
        ({"prices": {"gibHour": 10**400}}, "prices.gibHour is inf; want a price, 0 or more"),
    ],
)
def test_a_mistake_is_told_with_its_key_what_was_found_and_what_is_allowed(
    stack: dict[str, Any], told: str
) -> None:
    _, problems = reading(**stack)
    assert problems == [told]


def test_a_whole_number_will_do_where_text_is_wanted() -> None:
    # `pulumi config set --path tasks.heavy.requests.cpu 2` stores a number.
    s = settings(tasks={"heavy": {"requests": {"cpu": 2}, "limits": {"cpu": 4}}})
    assert s.tasks.heavy.requests.cpu == "2"


def test_a_price_is_read_as_yaml_has_it_and_as_pulumi_config_set_stores_it() -> None:
    # `pulumi config set --path prices.gpuHour 0.95` stores text, and a whole number as a number.
    prices = settings(prices={"vcpuHour": 0.05, "gpuHour": "0.95", "gibMonth": 1}).prices
    assert (prices.vcpu_hour, prices.gpu_hour, prices.gib_month) == (0.05, 0.95, 1.0)
    assert prices.gib_hour == 0.004445  # what was left out


def test_all_mistakes_are_told_at_once() -> None:
    _, problems = reading(namespce="x", protect="yes", data={"size": "20", "accessMode": "Any"})
    assert len(problems) == 4, problems


def test_a_secret_in_clear_is_refused_without_showing_it() -> None:
    _, problems = reading(databaseUrl="postgresql://user:hunter2@db/airflow")
    assert problems == [
        "databaseUrl is in clear; set it by `pulumi config set --secret databaseUrl`"
    ]


def test_an_encrypted_setting_that_would_end_up_in_clear_is_refused() -> None:
    texts = {k: json.dumps(v) for k, v in RIGHT.items()} | {"namespace": "airflow"}
    _, problems = read(Settings, Found(texts=texts, encrypted=frozenset({"namespace"})))
    assert problems == ["namespace is encrypted, but it ends up in clear text in the cluster"]


def test_an_encrypted_setting_that_is_wrong_too_is_not_shown() -> None:
    texts = {k: json.dumps(v) for k, v in RIGHT.items()} | {"namespace": "Hunter2"}
    _, problems = read(Settings, Found(texts=texts, encrypted=frozenset({"namespace"})))
    assert "Hunter2" not in "".join(problems)


def test_a_secret_hides_itself_wherever_it_is_printed() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {secret!s} {[secret]}"
    assert secret.reveal() == "hunter2"


def test_a_wrong_value_does_not_hide_a_wrong_combination() -> None:
    read_settings, problems = reading(protect="yes", dags={"branch": "main", "ref": "v1"})
    assert read_settings
    told = problems + validation.problems(read_settings)
    assert [p.split(" ")[0] for p in told] == ["protect", "dags.branch"]
