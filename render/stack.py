"""A stack's files, read as Pulumi reads them, with stand-ins for what only its owner has."""

import json
from pathlib import Path
from typing import Any

import yaml

from render.evaluate import StackConfig
from settings.reader import Secret

STAND_IN = "postgresql://secret:secret@not-shown.invalid:5432/secret"
"""Stands for every secret of a stack: none is needed to look at one."""


def stack_config(program: Path, stack: str, **changes: Any) -> StackConfig:
    """The stack's config; `changes` replace settings by their key, None takes one away, a Secret
    counts as encrypted.

    Secrets that are encrypted, and those that a stack must have but nobody committed, get the
    stand-in; placeholders of the repository are accepted. Raises FileNotFoundError for an unknown
    stack.
    """
    project = yaml.safe_load((program / "Pulumi.yaml").read_text())
    content = yaml.safe_load((program / f"Pulumi.{stack}.yaml").read_text()) or {}
    name = project["name"]
    values = {key: spec["default"] for key, spec in project.get("config", {}).items()}
    values |= {key.removeprefix(f"{name}:"): v for key, v in content.get("config", {}).items()}
    values["placeholders"] = "accept"
    secret = {key for key, value in values.items() if _encrypted(value)}
    given = {key: STAND_IN if key in secret else value for key, value in values.items()}
    if not given.get("pipelineDatabaseUrl"):
        given["pipelineDatabaseUrl"] = STAND_IN
        secret.add("pipelineDatabaseUrl")
    given |= changes
    secret |= {key for key, value in changes.items() if isinstance(value, Secret)}
    return StackConfig(
        project=name,
        stack=stack,
        texts={f"{name}:{key}": _text(v) for key, v in given.items() if v is not None},
        secret=frozenset(f"{name}:{key}" for key in secret if given.get(key) is not None),
    )


def _encrypted(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"secure"}


def _text(value: Any) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    return value if isinstance(value, str) else json.dumps(value)
