"""The settings as people read them: the `config` of Pulumi.yaml and the table in the README.

`python -m settings.reference` (`make docs`) writes both; a test tells when they are behind.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.stack.settings.model import Destination, Resources, Settings, Source
from airflow_k8s.stack.settings.schema import leaves, plain, top

PROGRAM = Path(__file__).parents[2]
_WHOLE = (Resources, Source, Destination)  # of which a table says all in one row
START, END = "<!-- settings -->", "<!-- /settings -->"


def project_config() -> dict[str, Any]:
    """What Pulumi.yaml says of each setting.

    Without types: Pulumi would check them one at a time, and we tell all mistakes at once. Every
    setting has a default, since Pulumi refuses a stack that leaves out one without.
    """
    return {
        key: {"description": meaning, "default": "" if default is None else plain(default)}
        for key, meaning, default in top(Settings)
    }


def table() -> str:
    """A Markdown table: key, meaning, default."""
    rows = ["| setting | meaning | default |", "| --- | --- | --- |"]
    for key, meaning, default in leaves(Settings, whole=_WHOLE):
        rows.append(f"| `{key}` | {meaning} | {_shown(default)} |")
    return "\n".join(rows)


def _shown(default: Any) -> str:
    if default is dataclasses.MISSING:
        return "must be set"
    if isinstance(default, Resources):
        requests, limits = default.requests, default.limits
        most = " / ".join(amount for amount in (limits.cpu, limits.memory) if amount)
        return f"`{requests.cpu} / {requests.memory}`, at most `{most}`"
    if isinstance(default, (Source, Destination)):
        places = ", ".join((*default.cidrs, *(f"namespace {n}" for n in default.namespaces)))
        ports = getattr(default, "ports", ())
        return ", ".join(
            text
            for text in (f"`{places}`" if places else "none", _ports(ports) if ports else "")
            if text
        )
    if default is None or default in ("", (), {}):
        return "none"
    return f"`{default if isinstance(default, str) else json.dumps(plain(default))}`"


def _ports(ports: tuple[int, ...]) -> str:
    return f"port{'s' * (len(ports) > 1)} `{', '.join(map(str, ports))}`"


def with_table(readme: str) -> str:
    """The README with the table between its marks."""
    before, _, rest = readme.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def with_config(project: str) -> str:
    """Pulumi.yaml with the settings as its last block."""
    before, _, _ = project.partition("\nconfig:\n")
    block = yaml.safe_dump({"config": project_config()}, sort_keys=False, width=100)
    return f"{before.rstrip()}\n{block}"


def _write() -> None:
    for name, rewritten in (("README.md", with_table), ("Pulumi.yaml", with_config)):
        file = PROGRAM / name
        file.write_text(rewritten(file.read_text()))


if __name__ == "__main__":
    _write()
