"""From Pulumi's config to Settings; the one place that knows how a stack's values arrive."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime.config import CONFIG, is_config_secret

from airflow_k8s.kube import helm_values
from airflow_k8s.stack.settings import schema, validation
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.schema import Found


def load(config: pulumi.Config, program: Path) -> Settings:
    """The stack's settings, checked; `program` is the folder that `valuesFile` is relative to.

    Raises pulumi.RunError, which Pulumi shows without a stack trace, with every mistake at once.
    """
    # Config has no way to list its keys, so this asks the map behind it.
    texts = CONFIG.get()
    encrypted = frozenset(key for key in texts if is_config_secret(key))
    return settings_of(found_in(config.name, texts, encrypted), program)


def settings_of(given: Found, program: Path) -> Settings:
    """The settings, or pulumi.RunError with every mistake."""
    settings, problems = read(given, program)
    if settings is None:
        raise pulumi.RunError("\n  - ".join(["the settings of this stack are wrong:", *problems]))
    return settings


def found_in(project: str, texts: Mapping[str, str], encrypted: frozenset[str]) -> Found:
    """What a stack gives to this project, among all that Pulumi hands over."""
    prefix = f"{project}:"
    return Found(
        texts={k.removeprefix(prefix): v for k, v in texts.items() if k.startswith(prefix)},
        encrypted=frozenset(k.removeprefix(prefix) for k in encrypted),
    )


def read(given: Found, program: Path) -> tuple[Settings | None, list[str]]:
    """Settings, or None and every mistake in words."""
    settings, problems = schema.read(Settings, given)
    if settings is None:
        return None, problems
    # What can't be read counts as its default from here on, which is not to be complained about.
    wrong = tuple(problem.split(" ")[0] for problem in problems)
    problems += [p for p in _combined(settings, program) if not _is_about(p, wrong)]
    return (None if problems else settings), problems


def _is_about(problem: str, keys: tuple[str, ...]) -> bool:
    key = problem.split(" ")[0]
    return any(key == other or key.startswith(f"{other}.") for other in keys)


def _combined(settings: Settings, program: Path) -> list[str]:
    problems = validation.problems(settings)
    if settings.placeholders == "refuse":
        problems += validation.placeholders(settings)
    try:
        problems += [
            f"{key} carries a secret; name a Kubernetes Secret instead"
            for key in helm_values.secrets_in(chart_overlay(settings, program))
        ]
    except ValueError as error:
        problems.append(str(error))
    return problems


def chart_overlay(settings: Settings, program: Path) -> dict[str, Any]:
    """The values that the stack lays over ours: its file first, then what stands in the stack.

    Raises ValueError, in words, for a file that is missing or holds no mapping.
    """
    if not settings.values_file:
        return settings.values
    file = program / settings.values_file
    try:
        content = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"valuesFile {settings.values_file} can't be read: {error}") from error
    if not isinstance(content, dict) or not _is_json(content):
        raise ValueError(f"valuesFile {settings.values_file} holds no mapping of chart values")
    return helm_values.merge(content, settings.values)


def _is_json(value: Any) -> bool:
    """Without dates and numbered keys, which YAML has and neither Helm's values nor Pulumi take."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    return value is None or isinstance(value, (str, int, float))
