"""Reads the files of a stack as Pulumi does, with placeholders for secrets that are encrypted."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.errors import UserError
from airflow_k8s.stack.settings import load
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.secret import Secret


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """The config that Pulumi passes to the program."""

    project: str
    stack: str
    texts: Mapping[str, str]  # key with its project, such as airflow-platform:dags → text or JSON
    secret: frozenset[str] = frozenset()  # keys of encrypted values


PLACEHOLDER_SECRET = "postgresql://secret:secret@not-shown.invalid:5432/secret"  # noqa: S105 it is none
"""Replaces every secret of a stack: to read or render a stack, nobody needs its secrets."""


def stack_config(program: Path, stack: str) -> StackConfig:
    """The config of a stack, from its file and the project's file in the program's folder.

    Encrypted values, and secrets that the stack must have and that are not committed, are replaced
    by PLACEHOLDER_SECRET. Placeholders in other settings are accepted. Raises UserError if a file
    can't be read.
    """
    project = read_mapping(program / "Pulumi.yaml")
    return config_from(stack, project, read_mapping(program / f"Pulumi.{stack}.yaml"))


def config_from(stack: str, project: dict[str, Any], content: dict[str, Any]) -> StackConfig:
    """The same as `stack_config`, from the contents of the two files."""
    name = project["name"]
    values = {key: spec["default"] for key, spec in (project.get("config") or {}).items()}
    config = content.get("config") or {}
    values |= {key.removeprefix(f"{name}:"): value for key, value in config.items()}
    if _has_setting(project, "placeholders"):
        values["placeholders"] = "accept"
    values = {key: value for key, value in values.items() if value is not None}
    is_set = values.get("pipelineDatabaseUrl") or _has_existing(values, "pipelineDatabase")
    if not is_set and _has_setting(project, "pipelineDatabaseUrl"):
        values["pipelineDatabaseUrl"] = Secret(PLACEHOLDER_SECRET)
    full = {key if ":" in key else f"{name}:{key}": value for key, value in values.items()}
    return StackConfig(
        project=name,
        stack=stack,
        texts={key: _text(value) for key, value in full.items()},
        secret=frozenset(key for key, value in full.items() if _is_encrypted(value)),
    )


def settings_in(config: StackConfig, program: Path) -> Settings:
    """The settings in the config of a stack; raises pulumi.RunError if they are wrong."""
    return load.settings_of(
        load.project_config(config.project, config.texts, config.secret), program
    )


class _PulumiLoader(yaml.SafeLoader):
    """Reads YAML 1.2, as Pulumi does: on, off, yes and no are texts."""


_PulumiLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PulumiLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def read_mapping(file: Path) -> dict[str, Any]:
    """The content of a project's or a stack's file. Raises UserError if it is not a mapping."""
    try:
        content = yaml.load(file.read_text(), Loader=_PulumiLoader) or {}  # noqa: S506 a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{file.name} can't be read: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("config") or {}, dict):
        raise UserError(
            f"{file.name} is not a stack file: it must be a mapping, and config in it too"
        )
    return content


def _has_setting(project: dict[str, Any], key: str) -> bool:
    """Whether the program has that setting; an old revision may not have it. The first revisions
    have no list of settings in Pulumi.yaml: for them the answer is yes."""
    known = project.get("config")
    return not known or key in known


def _has_existing(values: dict[str, Any], secret: str) -> bool:
    """Whether the stack names an existing Secret for that entry of `secrets`."""
    secrets = values.get("secrets")
    entry = secrets.get(secret) if isinstance(secrets, dict) else None
    return isinstance(entry, dict) and bool(entry.get("existing"))


def _is_encrypted(value: Any) -> bool:
    """Whether the value is a secret or contains one, from `pulumi config set --secret --path`."""
    if isinstance(value, dict):
        return value.keys() == {"secure"} or any(_is_encrypted(item) for item in value.values())
    if isinstance(value, list):
        return any(_is_encrypted(item) for item in value)
    return isinstance(value, Secret)


def _with_placeholders(value: Any) -> Any:
    """The value with PLACEHOLDER_SECRET for everything that is encrypted."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            return PLACEHOLDER_SECRET
        return {key: _with_placeholders(item) for key, item in value.items()}
    return [_with_placeholders(item) for item in value] if isinstance(value, list) else value


def _date_in(value: Any) -> date | None:
    """A date in the value, or None. Pulumi would convert it to a text with a time."""
    if isinstance(value, date):
        return value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for item in items if (found := _date_in(item))), None)


def _text(value: Any) -> str:
    plain = _with_placeholders(value)
    day = _date_in(plain)
    if day:
        raise UserError(f'{day} in a stack file is a date in YAML: put it in quotes, "{day}"')
    try:
        return plain if isinstance(plain, str) else json.dumps(plain)
    except TypeError as error:
        raise UserError(f"Pulumi does not accept {value!r} in a stack file: {error}") from error
