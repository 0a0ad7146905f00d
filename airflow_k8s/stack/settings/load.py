"""From Pulumi's config to Settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime.config import CONFIG, is_config_secret

from airflow_k8s.kube import helm_values
from airflow_k8s.stack.settings import schema, validation
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.problem import SettingProblem, as_list
from airflow_k8s.stack.settings.schema import RawConfig


def load(config: pulumi.Config, program: Path) -> Settings:
    """The settings of the stack that Pulumi runs; `valuesFile` is relative to the folder `program`.

    Raises pulumi.RunError with every mistake in them; Pulumi shows it without a stack trace.
    """
    # pulumi.Config can't list its keys, so this reads the mapping that it is based on.
    texts = CONFIG.get()
    encrypted = frozenset(key for key in texts if is_config_secret(key))
    return settings_of(project_config(config.name, texts, encrypted), program)


def settings_of(config: RawConfig, program: Path) -> Settings:
    """The settings; raises pulumi.RunError with every mistake in them."""
    settings, problems = read(config, program)
    if settings is None:
        raise pulumi.RunError(as_list("the settings of this stack are wrong:", problems))
    return settings


def project_config(project: str, texts: Mapping[str, str], encrypted: frozenset[str]) -> RawConfig:
    """The config of this project, without its prefix; `texts` has the config of all projects."""
    prefix = f"{project}:"
    return RawConfig(
        texts={
            key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)
        },
        encrypted=frozenset(key.removeprefix(prefix) for key in encrypted),
    )


def read(config: RawConfig, program: Path) -> tuple[Settings | None, list[SettingProblem]]:
    """The settings without a problem, or None and every problem."""
    settings, problems = schema.read(Settings, config)
    if settings is None:
        return None, problems
    # A value that could not be read is its default in `settings`, which nobody has to fix.
    unread = tuple(problem.key for problem in problems)
    problems += [
        problem for problem in _combined(settings, program) if not _is_in(problem.key, unread)
    ]
    return (None if problems else settings), problems


def _is_in(key: str, others: tuple[str, ...]) -> bool:
    """Whether the key is one of the others, or a setting inside one of them."""
    return any(key == other or key.startswith(f"{other}.") for other in others)


def _combined(settings: Settings, program: Path) -> list[SettingProblem]:
    problems = validation.problems(settings)
    if settings.placeholders == "refuse":
        problems += validation.placeholders(settings)
    try:
        problems += [
            SettingProblem(
                key=key, message=f"{key} contains a secret; use the name of a Kubernetes Secret"
            )
            for key in helm_values.secrets_in(chart_overlay(settings, program))
        ]
    except ValueError as error:
        problems.append(SettingProblem(key="valuesFile", message=str(error)))
    return problems


def chart_overlay(settings: Settings, program: Path) -> dict[str, Any]:
    """The chart values that the stack merges into the platform's values: those in its file, and
    those in the stack, which replace values in the file.

    Raises ValueError if the file is missing or is not a mapping.
    """
    if not settings.values_file:
        return settings.values
    file = program / settings.values_file
    try:
        content = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"valuesFile {settings.values_file} can't be read: {error}") from error
    if not isinstance(content, dict) or not _is_json(content):
        raise ValueError(f"valuesFile {settings.values_file} is not a mapping of chart values")
    return helm_values.merge(content, settings.values)


def _is_json(value: Any) -> bool:
    """Whether JSON can hold it: YAML also has dates, and numbers as keys, which neither Helm nor
    Pulumi accepts."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    return value is None or isinstance(value, (str, int, float))
