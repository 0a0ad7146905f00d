"""From what Pulumi hands over to settings, or to one message."""

from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.stack.settings.load import chart_overlay
from airflow_k8s.stack.stack_file import PLACEHOLDER_SECRET, stack_config
from tests.conftest import PROGRAM, STACKS, evaluated, settings_of


@pytest.mark.parametrize("stack", STACKS)
def test_the_committed_stacks_hold_no_secret(stack: str) -> None:
    assert "secure" not in (PROGRAM / f"Pulumi.{stack}.yaml").read_text()


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_can_be_looked_at_without_its_secrets(stack: str) -> None:
    assert settings_of(stack).pipeline_database_url is not None


@pytest.mark.parametrize("stack", STACKS)
def test_an_update_refuses_the_placeholders_of_the_repository(stack: str) -> None:
    with pytest.raises(pulumi.RunError, match=r"dags\.repo is still the placeholder"):
        evaluated(stack, placeholders=None)


def test_nothing_is_registered_when_a_setting_is_wrong() -> None:
    config = stack_config(PROGRAM, "dev", namespce="x", protect="maybe")
    with pytest.raises(pulumi.RunError) as told:
        evaluate(PROGRAM, config)
    assert "namespce is no setting; did you mean namespace?" in str(told.value)
    assert "protect is 'maybe'; want true or false" in str(told.value)


def test_an_encrypted_value_of_a_stack_gets_the_stand_in(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text("config: {p:databaseUrl: {secure: AAAB}}")
    config = stack_config(tmp_path, "own")
    assert config.texts["p:databaseUrl"] == PLACEHOLDER_SECRET
    assert "p:databaseUrl" in config.secret


def test_a_secret_inside_a_setting_gets_it_too(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text("config: {p:values: {a: {secure: AAAB}}}")
    config = stack_config(tmp_path, "own")
    assert "p:values" in config.secret
    assert "AAAB" not in config.texts["p:values"]


def test_the_settings_of_others_stay_theirs(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text("config: {aws:region: eu, namespace: n}")
    config = stack_config(tmp_path, "own")
    assert config.texts["aws:region"] == "eu"
    assert config.texts["p:namespace"] == "n"


def test_a_tasks_database_that_is_named_gets_no_stand_in() -> None:
    s = settings_of("dev", secrets={"pipelineDatabase": {"existing": "mine"}})
    assert s.pipeline_database_url is None


@pytest.mark.parametrize(
    "content", ["config: [a]", "- a", "config: {a: [", "config: {p:a: 2026-01-01}"]
)
def test_a_broken_stack_file_is_told_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text(content)
    with pytest.raises(UserError, match=r"stack file|Pulumi\.own\.yaml"):
        stack_config(tmp_path, "own")


def test_an_empty_stack_file_is_all_defaults(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text("config:\n")
    assert stack_config(tmp_path, "own").texts["p:placeholders"] == "accept"


def test_values_come_from_the_file_first_and_then_from_the_stack(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("statsd: {enabled: false, args: [a]}\nuid: 1\n")
    s = settings_of("dev", values={"statsd": {"args": ["b"]}})
    laid_over = chart_overlay(replace(s, values_file="own.yaml"), tmp_path)
    assert laid_over == {"statsd": {"enabled": False, "args": ["b"]}, "uid": 1}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "valuesFile own.yaml can't be read"),
        ("- a", "valuesFile own.yaml holds no mapping"),
        ("a: [", "valuesFile own.yaml can't be read"),
        ("a: 2026-01-01", "valuesFile own.yaml holds no mapping"),
        ("a: {1: b}", "valuesFile own.yaml holds no mapping"),
    ],
)
def test_a_values_file_that_is_none_is_told(tmp_path: Path, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / "own.yaml").write_text(content)
    with pytest.raises(ValueError, match=told):
        chart_overlay(replace(settings_of("dev"), values_file="own.yaml"), tmp_path)


def test_a_secret_in_the_values_is_refused_without_showing_it() -> None:
    with pytest.raises(pulumi.RunError) as told:
        evaluated("dev", values={"data": {"metadataConnection": {"pass": "hunter2"}}})
    assert "values.data.metadataConnection.pass carries a secret" in str(told.value)
    assert "hunter2" not in str(told.value)
