"""From Pulumi's config to settings, or to one message with all problems."""

from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.stack.settings.load import chart_overlay
from airflow_k8s.stack.stack_file import PLACEHOLDER_SECRET, stack_config
from tests.conftest import PROGRAM, STACKS, changed_config, evaluated, settings_of


@pytest.mark.parametrize("stack", STACKS)
def test_the_committed_stacks_contain_no_secret(stack: str) -> None:
    assert "secure" not in (PROGRAM / f"Pulumi.{stack}.yaml").read_text()


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_can_be_read_without_its_secrets(stack: str) -> None:
    assert settings_of(stack).pipeline_database_url is not None


@pytest.mark.parametrize("stack", STACKS)
def test_an_update_refuses_the_placeholders_of_the_repository(stack: str) -> None:
    with pytest.raises(pulumi.RunError, match=r"dags\.repo is still the placeholder"):
        evaluated(stack, placeholders=None)


def test_no_resource_is_registered_if_a_setting_is_wrong() -> None:
    config = changed_config("dev", namespce="x", protect="maybe")
    with pytest.raises(pulumi.RunError) as error:
        evaluate(PROGRAM, config)
    assert "namespce is not a setting; did you mean namespace?" in str(error.value)
    assert "protect is 'maybe'; expected true or false" in str(error.value)


def test_an_encrypted_value_of_a_stack_is_replaced_by_a_placeholder(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text("config: {p:databaseUrl: {secure: AAAB}}")
    config = stack_config(tmp_path, "own")
    assert config.texts["p:databaseUrl"] == PLACEHOLDER_SECRET
    assert "p:databaseUrl" in config.secret


def test_an_encrypted_value_inside_a_setting_is_replaced_by_a_placeholder(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text("config: {p:values: {a: {secure: AAAB}}}")
    config = stack_config(tmp_path, "own")
    assert "p:values" in config.secret
    assert "AAAB" not in config.texts["p:values"]


def test_the_config_of_another_project_keeps_its_prefix(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text("config: {aws:region: eu, namespace: n}")
    config = stack_config(tmp_path, "own")
    assert config.texts["aws:region"] == "eu"
    assert config.texts["p:namespace"] == "n"


def test_an_existing_secret_for_the_tasks_database_gets_no_placeholder() -> None:
    s = settings_of("dev", secrets={"pipelineDatabase": {"existing": "mine"}})
    assert s.pipeline_database_url is None


@pytest.mark.parametrize(
    "content", ["config: [a]", "- a", "config: {a: [", "config: {p:a: 2026-01-01}"]
)
def test_the_message_about_a_broken_stack_file_has_its_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text(content)
    with pytest.raises(UserError, match=r"stack file|Pulumi\.own\.yaml"):
        stack_config(tmp_path, "own")


def test_a_stack_with_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.own.yaml").write_text("config:\n")
    assert stack_config(tmp_path, "own").texts["p:placeholders"] == "accept"


def test_values_in_the_stack_replace_values_in_the_values_file(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("statsd: {enabled: false, args: [a]}\nuid: 1\n")
    s = settings_of("dev", values={"statsd": {"args": ["b"]}})
    laid_over = chart_overlay(replace(s, values_file="own.yaml"), tmp_path)
    assert laid_over == {"statsd": {"enabled": False, "args": ["b"]}, "uid": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "valuesFile own.yaml can't be read"),
        ("- a", "valuesFile own.yaml is not a mapping"),
        ("a: [", "valuesFile own.yaml can't be read"),
        ("a: 2026-01-01", "valuesFile own.yaml is not a mapping"),
        ("a: {1: b}", "valuesFile own.yaml is not a mapping"),
    ],
)
def test_a_values_file_that_is_not_a_mapping_is_refused(
    tmp_path: Path, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "own.yaml").write_text(content)
    with pytest.raises(ValueError, match=message):
        chart_overlay(replace(settings_of("dev"), values_file="own.yaml"), tmp_path)


def test_a_secret_in_the_chart_values_is_refused_without_showing_it() -> None:
    with pytest.raises(pulumi.RunError) as error:
        evaluated("dev", values={"data": {"metadataConnection": {"pass": "hunter2"}}})
    assert "values.data.metadataConnection.pass contains a secret" in str(error.value)
    assert "hunter2" not in str(error.value)
