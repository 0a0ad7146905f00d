"""A stack's files, read as Pulumi reads them, with stand-ins for what only its owner has."""

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
    """What Pulumi hands to the program: full keys and texts, and which of them are secret."""

    project: str
    stack: str
    texts: Mapping[str, str]
    secret: frozenset[str] = frozenset()


PLACEHOLDER_SECRET = "postgresql://secret:secret@not-shown.invalid:5432/secret"  # noqa: S105 none
"""Stands for every secret of a stack: none is needed to look at one."""


def stack_config(program: Path, stack: str) -> StackConfig:
    """The config of a stack, from its file and the project's file in the program's folder.

    Encrypted values, and secrets that the stack must have and that are not committed, are replaced
    by PLACEHOLDER_SECRET. Placeholders in other settings are accepted. Raises UserError if a file
    can't be read.
    """
    project = read_mapping(program / "Pulumi.yaml")
    return config_from(stack, project, read_mapping(program / f"Pulumi.{stack}.yaml"))


def config_from(stack: str, project: dict[str, Any], content: dict[str, Any]) -> StackConfig:
    """As `stack_config`, from the content of the project's file and of the stack's file."""
    name = project["name"]
    values = {key: spec["default"] for key, spec in (project.get("config") or {}).items()}
    given = content.get("config") or {}
    values |= {key.removeprefix(f"{name}:"): value for key, value in given.items()}
    if _knows(project, "placeholders"):
        values["placeholders"] = "accept"
    values = {key: value for key, value in values.items() if value is not None}
    given_by_owner = values.get("pipelineDatabaseUrl") or _named(values, "pipelineDatabase")
    if not given_by_owner and _knows(project, "pipelineDatabaseUrl"):
        values["pipelineDatabaseUrl"] = Secret(PLACEHOLDER_SECRET)
    full = {key if ":" in key else f"{name}:{key}": value for key, value in values.items()}
    return StackConfig(
        project=name,
        stack=stack,
        texts={key: _text(value) for key, value in full.items()},
        secret=frozenset(key for key, value in full.items() if _encrypted(value)),
    )


def stacks(program: Path) -> list[str]:
    """The names of the stacks that have a file."""
    return sorted(
        file.name.removeprefix("Pulumi.").removesuffix(".yaml")
        for file in program.glob("Pulumi.*.yaml")
    )


def settings_in(config: StackConfig, program: Path) -> Settings:
    """The settings in a stack's config; pulumi.RunError where they are wrong."""
    return load.settings_of(
        load.project_config(config.project, config.texts, config.secret), program
    )


class _AsPulumiReads(yaml.SafeLoader):
    """YAML 1.2, as Pulumi reads its files: on, off, yes and no are texts."""


_AsPulumiReads.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_AsPulumiReads.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def read_mapping(file: Path) -> dict[str, Any]:
    """The content of a project's or a stack's file. Raises UserError if it is not a mapping."""
    try:
        content = yaml.load(file.read_text(), Loader=_AsPulumiReads) or {}  # noqa: S506 it is safe
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{file.name} can't be read: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("config") or {}, dict):
        raise UserError(f"{file.name} is no stack file: want a mapping, and one under config")
    return content


def _knows(project: dict[str, Any], key: str) -> bool:
    """Whether the program has such a setting: a past revision may not. The very first ones did not
    list theirs."""
    listed = project.get("config")
    return not listed or key in listed


def _named(values: dict[str, Any], entry: str) -> bool:
    secrets = values.get("secrets")
    named = secrets.get(entry) if isinstance(secrets, dict) else None
    return isinstance(named, dict) and bool(named.get("existing"))


def _encrypted(value: Any) -> bool:
    """Whether it is a secret or holds one, as `pulumi config set --secret --path` makes it."""
    if isinstance(value, dict):
        return value.keys() == {"secure"} or any(_encrypted(item) for item in value.values())
    if isinstance(value, list):
        return any(_encrypted(item) for item in value)
    return isinstance(value, Secret)


def _shown(value: Any) -> Any:
    """With the stand-in for what is encrypted."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            return PLACEHOLDER_SECRET
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


def _day_in(value: Any) -> date | None:
    """A date that stands in there, which Pulumi would make another text of."""
    if isinstance(value, date):
        return value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for item in inside if (found := _day_in(item))), None)


def _text(value: Any) -> str:
    shown = _shown(value)
    day = _day_in(shown)
    if day:
        raise UserError(f'{day} in a stack file is a date to YAML: put it in quotes, "{day}"')
    try:
        return shown if isinstance(shown, str) else json.dumps(shown)
    except TypeError as error:
        raise UserError(
            f"{value!r} in a stack file is nothing that Pulumi takes: {error}"
        ) from error
