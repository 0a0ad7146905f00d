"""Runs Pulumi's engine and providers by the Pulumi CLI, if they are installed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.stack.stack_file import PLACEHOLDER_SECRET
from tests.conftest import PROGRAM

_PROJECT = "airflow-platform"
_PROGRAM_FILES = ("__main__.py", "airflow_k8s", "components")
_POLICY_PACK = "policies"
_PLUGINS = ("kubernetes", "random")
_SECONDS = 120  # for one update
_REPLACEMENT_STEPS = ("create-replacement", "delete-replaced")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What an operation did with an object: create, update, same, replace, delete or read."""

    kind: str  # Release for a Helm release
    name: str
    action: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The result of `pulumi preview --policy-pack policies`."""

    failed: bool
    violated: frozenset[str]  # mandatory policies with a violation
    advised: frozenset[str]  # advisory policies with a violation
    output: str


@dataclass(frozen=True, kw_only=True)
class Update:
    """The result of `pulumi up`."""

    failed: bool
    errors: str
    done: tuple[Done, ...]


def missing() -> str:
    """Why Pulumi can't be used here; empty if it can. A test downloads nothing."""
    if shutil.which("pulumi") is None:
        return "the Pulumi CLI is not on PATH"
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    for plugin in _PLUGINS:
        installed = home / "plugins" / f"resource-{plugin}-v{version(f'pulumi-{plugin}')}"
        if shutil.which(f"pulumi-resource-{plugin}") is None and not installed.exists():
            return f"{installed.name} is missing: run pulumi plugin install resource {plugin}"
    return ""


class Engine:
    """The committed stack with changed settings, in a folder that also holds its state.

    The program runs in the Python environment of the tests, on the cluster of the kubeconfig.
    """

    def __init__(
        self, folder: Path, stack: str, kubeconfig: Path, settings: Mapping[str, Any]
    ) -> None:
        self._stack, self._program, state = stack, folder / "program", folder / "state"
        state.mkdir()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PULUMI_")}
        self._environment = inherited | pulumi_environment(state, kubeconfig)
        copy_program(self._program)
        secret = ("config", "set", "--secret", "pipelineDatabaseUrl")
        self._succeed("stack", "init", "--no-select", "--secrets-provider", "passphrase")
        self._succeed(*secret, text=PLACEHOLDER_SECRET)
        self._file = self._program / f"Pulumi.{stack}.yaml"
        created = yaml.safe_load(self._file.read_text())  # the encrypted secret, and the salt
        committed = yaml.safe_load((PROGRAM / self._file.name).read_text())
        self._content = _with(
            {**created, "config": created["config"] | committed["config"]}, settings
        )

    def up(self, **changes: Any) -> Update:
        """Updates the stack with changed settings, for this update only."""
        self._file.write_text(yaml.safe_dump(_with(self._content, changes)))
        ended = self._run("up", "--yes", "--skip-preview", "--json")
        events = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
        diagnostics = [event.get("diagnosticEvent", {}) for event in events]
        errors = [entry["message"] for entry in diagnostics if entry.get("severity") == "error"]
        return Update(
            failed=bool(ended.returncode),
            errors="\n".join([*errors, ended.stderr]).strip(),
            done=tuple(
                done
                for event in events
                if "resOutputsEvent" in event
                for done in _done(event["resOutputsEvent"]["metadata"])
            ),
        )

    def preview(self, **changes: Any) -> Preview:
        """Previews the stack with the policy pack and changed settings, for this preview only."""
        self._file.write_text(yaml.safe_dump(_with(self._content, changes)))
        ended = self._run("preview", "--policy-pack", "policies")
        found = re.findall(r"\[(mandatory|advisory)\]\s+([a-z-]+)", ended.stdout)
        return Preview(
            failed=bool(ended.returncode),
            violated=frozenset(name for level, name in found if level == "mandatory"),
            advised=frozenset(name for level, name in found if level == "advisory"),
            output=ended.stdout + ended.stderr,
        )

    def _succeed(self, *arguments: str, text: str = "") -> None:
        ended = self._run(*arguments, text=text)
        assert not ended.returncode, f"pulumi {arguments[0]}: {ended.stdout}{ended.stderr}"

    def _run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 the arguments are ours
            ["pulumi", *arguments, "--stack", self._stack, "--non-interactive"],  # noqa: S607 found
            input=text,
            env=self._environment,
            cwd=self._program,
            timeout=_SECONDS,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


def pulumi_environment(state: Path, kubeconfig: Path) -> dict[str, str]:
    """The environment for Pulumi: the folder of its state, and the kubeconfig."""
    home = {key: text for key, text in os.environ.items() if key == "PULUMI_HOME"}
    return home | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "KUBECONFIG": str(kubeconfig),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "for this test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def copy_program(to: Path) -> None:
    """Copies the program and its policy pack, so that they run in the tests' Python environment."""
    to.mkdir()
    for name in (*_PROGRAM_FILES, _POLICY_PACK):
        if (PROGRAM / name).is_dir():
            shutil.copytree(PROGRAM / name, to / name)
        else:
            shutil.copy(PROGRAM / name, to)
    project = yaml.safe_load((PROGRAM / "Pulumi.yaml").read_text())
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    if sys.prefix == sys.base_prefix:  # no virtual environment: the first Python on PATH
        del project["runtime"]["options"]
    (to / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    pack = to / "policies" / "PulumiPolicy.yaml"
    content = yaml.safe_load(pack.read_text()) | {"runtime": project["runtime"]}
    pack.write_text(yaml.safe_dump(content))


def _with(content: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    changed = {f"{_PROJECT}:{key}": value for key, value in settings.items()}
    return {**content, "config": {**content["config"], **changed}}


def _done(step: Mapping[str, Any]) -> Iterator[Done]:
    """What a step did; nothing for a step without an object, or for half a replacement."""
    if step["type"].startswith("kubernetes:") and step["op"] not in _REPLACEMENT_STEPS:
        states = [step.get(key) or {} for key in ("new", "old")]
        id_ = next(state["id"] for state in states if state.get("id"))  # namespace/name, or name
        kind = step["type"].rpartition(":")[2].removesuffix("Patch")
        patches = (
            step["type"].endswith("Patch") and step["op"] == "create"
        )  # the object existed before
        yield Done(
            kind=kind, name=id_.rpartition("/")[2], action="update" if patches else step["op"]
        )
