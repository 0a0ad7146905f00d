"""Writes the reference of the settings: `config` in Pulumi.yaml and the table in the README.

`airflow-platform dev docs` writes both; a test fails if they are out of date.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.stack.settings.access import Destination, Source
from airflow_k8s.stack.settings.airflow import Resources
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.schema import leaves, to_data, top_level

PROGRAM = Path(__file__).parents[2]
_ONE_ROW = (Resources, Source, Destination)  # settings that the table shows in one row
START, END = "<!-- settings -->", "<!-- /settings -->"


def project_config() -> dict[str, Any]:
    """The `config` of Pulumi.yaml: description and default of every top-level setting.

    It has no types: Pulumi would report one mistake at a time, the program reports all of them.
    Every setting has a default: Pulumi refuses a stack that leaves out a setting without one.
    """
    return {
        key: {"description": meaning, "default": "" if default is None else to_data(default)}
        for key, meaning, default in top_level(Settings)
    }


def table() -> str:
    """A Markdown table: key, meaning, default."""
    rows = ["| setting | meaning | default |", "| --- | --- | --- |"]
    for key, meaning, default in leaves(Settings, undivided=_ONE_ROW):
        rows.append(f"| `{key}` | {meaning} | {_default_text(default)} |")
    return "\n".join(rows)


def _default_text(default: Any) -> str:
    if default is dataclasses.MISSING:
        return "must be set"
    if isinstance(default, Resources):
        requests, limits = default.requests, default.limits
        limit = " / ".join(amount for amount in (limits.cpu, limits.memory) if amount)
        return f"requests `{requests.cpu} / {requests.memory}`, limits `{limit}`"
    if isinstance(default, (Source, Destination)):
        namespaces = (f"namespace {name}" for name in default.namespaces)
        places = ", ".join((*default.cidrs, *namespaces))
        ports = getattr(default, "ports", ())
        return ", ".join(
            text
            for text in (f"`{places}`" if places else "none", _ports(ports) if ports else "")
            if text
        )
    if default is None or default in ("", (), {}):
        return "none"
    return f"`{default if isinstance(default, str) else json.dumps(to_data(default))}`"


def _ports(ports: tuple[int, ...]) -> str:
    return f"port{'s' * (len(ports) > 1)} `{', '.join(map(str, ports))}`"


def with_table(readme: str) -> str:
    """The README with the table between its two markers."""
    before, _, rest = readme.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def with_config(project: str) -> str:
    """Pulumi.yaml with the settings as its last block."""
    before, _, _ = project.partition("\nconfig:\n")
    block = yaml.safe_dump({"config": project_config()}, sort_keys=False, width=100)
    return f"{before.rstrip()}\n{block}"


def write() -> None:
    """Writes the files."""
    for name, rewritten in (("README.md", with_table), ("Pulumi.yaml", with_config)):
        file = PROGRAM / name
        file.write_text(rewritten(file.read_text()))
