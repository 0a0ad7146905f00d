"""From Pulumi's config to Settings; the one place that knows how a stack's values arrive."""

from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime.config import CONFIG, is_config_secret

from chart import overlay
from settings import reader, rules
from settings.model import Settings
from settings.reader import Found


def load(config: pulumi.Config, program: Path) -> Settings:
    """The stack's settings, checked; `program` is the folder that `valuesFile` is relative to.

    Raises pulumi.RunError, which Pulumi shows without a stack trace, with every mistake at once.
    """
    settings, problems = read(found(config), program)
    if settings is None:
        raise pulumi.RunError("\n  - ".join(["the settings of this stack are wrong:", *problems]))
    return settings


def found(config: pulumi.Config) -> Found:
    """What the stack gives. Config has no way to list its keys, so this asks the map behind it."""
    prefix = f"{config.name}:"
    keys = [key for key in CONFIG.get() if key.startswith(prefix)]
    return Found(
        texts={key.removeprefix(prefix): CONFIG.get()[key] for key in keys},
        encrypted=frozenset(key.removeprefix(prefix) for key in keys if is_config_secret(key)),
    )


def read(given: Found, program: Path) -> tuple[Settings | None, list[str]]:
    """Settings, or None and every mistake in words."""
    settings, problems = reader.read(Settings, given)
    if settings is None:
        return None, problems
    problems = rules.problems(settings)
    if settings.placeholders == "refuse":
        problems += rules.placeholders(settings)
    try:
        problems += [
            f"{key} carries a secret; name a Kubernetes Secret instead"
            for key in overlay.secrets_in(chart_overlay(settings, program))
        ]
    except ValueError as error:
        problems.append(str(error))
    return (None if problems else settings), problems


def chart_overlay(settings: Settings, program: Path) -> dict[str, Any]:
    """The values that the stack lays over ours: its file first, then what stands in the stack.

    Raises ValueError, in words, for a file that is missing or holds no mapping.
    """
    if not settings.values_file:
        return settings.values
    file = program / settings.values_file
    try:
        content = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"valuesFile {settings.values_file} can't be read: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"valuesFile {settings.values_file} holds no mapping of chart values")
    return overlay.merge(content, settings.values)
