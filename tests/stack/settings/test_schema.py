"""Reading a stack's config: every mistake is reported, with the fix."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from airflow_k8s.stack.settings import validation
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.problem import SettingProblem
from airflow_k8s.stack.settings.schema import RawConfig, read
from airflow_k8s.stack.settings.secret import Secret

RIGHT: dict[str, Any] = {
    "cluster": {"context": "kind-airflow"},
    "dags": {"branch": "main"},
    "secrets": {"pipelineDatabase": {"existing": "pipeline"}},
}


def read_stack(**stack: Any) -> tuple[Settings | None, list[SettingProblem]]:
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (RIGHT | stack).items()}
    return read(Settings, RawConfig(texts=texts))


def settings(**stack: Any) -> Settings:
    read_settings, problems = read_stack(**stack)
    assert read_settings, problems
    assert not problems
    return read_settings


def test_a_setting_that_a_stack_leaves_out_has_its_default() -> None:
    s = settings()
    assert s.namespace == "airflow"
    assert s.gpu.taint.key == "nvidia.com/gpu"
    assert s.database.mode == "embedded"


def test_a_stack_can_set_a_part_of_a_nested_setting() -> None:
    scheduler = settings(scheduler={"resources": {"limits": {"memory": "4Gi"}}}).scheduler
    assert scheduler.resources.limits.memory == "4Gi"
    assert scheduler.resources.requests.memory == "768Mi"
    assert scheduler.replicas == 1


def test_false_and_zero_are_values_and_do_not_mean_unset() -> None:
    assert settings(protect=False).protect is False
    assert settings(gpu={"count": 0}).gpu.count == 0


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"namespce": "x"}, "namespce"),
    ({"scheduler": {"replica": 2}}, "scheduler.replica"),
    ({"protect": "yes"}, "protect"),
    ({"scheduler": {"replicas": "2"}}, "scheduler.replicas"),
    ({"scheduler": {"replicas": 0}}, "scheduler.replicas"),
    ({"scheduler": {"replicas": True}}, "scheduler.replicas"),
    ({"scheduler": 2}, "scheduler"),
    ({"namespace": "Airflow_1"}, "namespace"),
    ({"data": {"size": "20"}}, "data.size"),
    ({"statsd": {"requests": {"cpu": "lots"}}}, "statsd.requests.cpu"),
    ({"gpu": {"mode": "node"}}, "gpu.mode"),
    ({"gpu": {"nodes": "gpu-1"}}, "gpu.nodes"),
    ({"gpu": {"nodes": ["GPU 1"]}}, "gpu.nodes[0]"),
    (
        {"gpu": {"karpenter": {"requirements": [{"operator": "In"}]}}},
        "gpu.karpenter.requirements[0].key",
    ),
    ({"ingress": {"annotations": {"a": 1.5}}}, "ingress.annotations.a"),
    ({"image": {"tag": 3.2}}, "image.tag"),
    ({"ingress": {"host": "https://a.example.com"}}, "ingress.host"),
    ({"image": {"tag": ""}}, "image.tag"),
    ({"image": {"registry": "https://registry.example.com"}}, "image.registry"),
    ({"signIn": {"metadataUrl": "http://id.example.com/"}}, "signIn.metadataUrl"),
    ({"signIn": {"roles": {"admins": "admin"}}}, "signIn.roles.admins"),
    ({"connections": {"orders_db": {"secret": "orders"}}}, "connections.orders_db.key"),
    ({"variables": {"region": "eu"}}, "variables.region"),
    ({"prices": {"vcpuHour": "cheap"}}, "prices.vcpuHour"),
    ({"prices": {"vcpuHour": True}}, "prices.vcpuHour"),
    ({"prices": {"vcpuHour": None}}, "prices.vcpuHour"),
    ({"prices": {"gibHour": -0.1}}, "prices.gibHour"),
    ({"prices": {"gibHour": math.nan}}, "prices.gibHour"),
    ({"prices": {"gibHour": math.inf}}, "prices.gibHour"),
    ({"prices": {"gibHour": 10**400}}, "prices.gibHour"),
]
"""A setting with a mistake, and the key of the setting."""


@pytest.mark.parametrize(("stack", "key"), MISTAKES)
def test_a_mistake_is_one_problem_with_the_key_of_its_setting(
    stack: dict[str, Any], key: str
) -> None:
    _, problems = read_stack(**stack)
    assert [problem.key for problem in problems] == [key]


def test_the_message_of_a_mistake_has_the_key_the_value_and_the_expected_value(
    golden: Callable[[str, str], None],
) -> None:
    problems = [problem for stack, _ in MISTAKES for problem in read_stack(**stack)[1]]
    golden("mistakes.txt", "".join(f"{problem.message}\n" for problem in problems))


def test_a_whole_number_is_accepted_as_a_text() -> None:
    # `pulumi config set --path tasks.heavy.requests.cpu 2` stores a number.
    s = settings(tasks={"heavy": {"requests": {"cpu": 2}, "limits": {"cpu": 4}}})
    assert s.tasks.heavy.requests.cpu == "2"


def test_a_price_can_be_a_number_or_the_text_that_pulumi_config_set_stores() -> None:
    # `pulumi config set --path prices.gpuHour 0.95` stores text, and a whole number as a number.
    prices = settings(prices={"vcpuHour": 0.05, "gpuHour": "0.95", "gibMonth": 1}).prices
    assert (prices.vcpu_hour, prices.gpu_hour, prices.gib_month) == (0.05, 0.95, 1.0)
    assert prices.gib_hour == 0.004445  # the default


def test_all_mistakes_are_reported_together() -> None:
    _, problems = read_stack(namespce="x", protect="yes", data={"size": "20", "accessMode": "Any"})
    assert len(problems) == 4, problems


def test_a_secret_in_clear_text_is_refused_without_showing_it() -> None:
    _, problems = read_stack(databaseUrl="postgresql://user:hunter2@db/airflow")
    (problem,) = problems
    assert problem.key == "databaseUrl"
    assert "`pulumi config set --secret databaseUrl`" in problem.message
    assert "hunter2" not in problem.message


def test_an_encrypted_setting_that_the_cluster_gets_in_clear_text_is_refused() -> None:
    texts = {k: json.dumps(v) for k, v in RIGHT.items()} | {"namespace": "airflow"}
    _, problems = read(Settings, RawConfig(texts=texts, encrypted=frozenset({"namespace"})))
    (problem,) = problems
    assert problem.key == "namespace"
    assert "is encrypted" in problem.message


def test_the_wrong_value_of_an_encrypted_setting_is_not_shown() -> None:
    texts = {k: json.dumps(v) for k, v in RIGHT.items()} | {"namespace": "Hunter2"}
    _, problems = read(Settings, RawConfig(texts=texts, encrypted=frozenset({"namespace"})))
    assert "Hunter2" not in "".join(problem.message for problem in problems)


def test_a_secret_hides_its_text_wherever_it_is_printed() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {secret!s} {[secret]}"
    assert secret.reveal() == "hunter2"


def test_a_wrong_value_does_not_hide_a_wrong_combination() -> None:
    read_settings, problems = read_stack(protect="yes", dags={"branch": "main", "ref": "v1"})
    assert read_settings
    found = problems + validation.problems(read_settings)
    assert [problem.key for problem in found] == ["protect", "dags.branch"]
