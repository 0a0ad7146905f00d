"""Pulumi's real engine and providers by its command line, where they are at hand."""

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
_PARTS_OF_A_REPLACEMENT = ("create-replacement", "delete-replaced")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one object: create, update, same, replace, delete or read."""

    kind: str  # of a Helm release: Release
    name: str
    action: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What `pulumi preview --policy-pack policies` said."""

    failed: bool
    broken: frozenset[str]  # mandatory policies
    remarked: frozenset[str]  # advisory ones
    words: str


@dataclass(frozen=True, kw_only=True)
class Update:
    """What `pulumi up` did."""

    failed: bool
    errors: str
    done: tuple[Done, ...]


def missing() -> str:
    """What of Pulumi is not here, in words; a test downloads nothing."""
    if shutil.which("pulumi") is None:
        return "the Pulumi CLI is not on PATH"
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    for plugin in _PLUGINS:
        installed = home / "plugins" / f"resource-{plugin}-v{version(f'pulumi-{plugin}')}"
        if shutil.which(f"pulumi-resource-{plugin}") is None and not installed.exists():
            return f"there is no {installed.name}: pulumi plugin install resource {plugin}"
    return ""


class Engine:
    """A stack as committed but for the settings, in a folder of its own that holds its state too.

    It runs in the Python environment that runs the tests, on the cluster of the kubeconfig.
    """

    def __init__(
        self, folder: Path, stack: str, kubeconfig: Path, settings: Mapping[str, Any]
    ) -> None:
        self._stack, self._program, state = stack, folder / "program", folder / "state"
        state.mkdir()
        theirs = {k: v for k, v in os.environ.items() if not k.startswith("PULUMI_")}
        self._environment = theirs | pulumi_environment(state, kubeconfig)
        copy_program(self._program)
        secret = ("config", "set", "--secret", "pipelineDatabaseUrl")
        self._succeed("stack", "init", "--no-select", "--secrets-provider", "passphrase")
        self._succeed(*secret, text=PLACEHOLDER_SECRET)
        self._file = self._program / f"Pulumi.{stack}.yaml"
        made = yaml.safe_load(self._file.read_text())  # the secret, and how it is encrypted
        committed = yaml.safe_load((PROGRAM / self._file.name).read_text())
        self._content = _with({**made, "config": made["config"] | committed["config"]}, settings)

    def up(self, **changes: Any) -> Update:
        """An update with the settings changed, this once."""
        self._file.write_text(yaml.safe_dump(_with(self._content, changes)))
        ended = self._run("up", "--yes", "--skip-preview", "--json")
        events = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
        diagnostics = [event.get("diagnosticEvent", {}) for event in events]
        told = [each["message"] for each in diagnostics if each.get("severity") == "error"]
        return Update(
            failed=bool(ended.returncode),
            errors="\n".join([*told, ended.stderr]).strip(),
            done=tuple(
                each
                for event in events
                if "resOutputsEvent" in event
                for each in _done(event["resOutputsEvent"]["metadata"])
            ),
        )

    def preview(self, **changes: Any) -> Preview:
        """A preview under the policy pack, with the settings changed, this once."""
        self._file.write_text(yaml.safe_dump(_with(self._content, changes)))
        ended = self._run("preview", "--policy-pack", "policies")
        found = re.findall(r"\[(mandatory|advisory)\]\s+([a-z-]+)", ended.stdout)
        return Preview(
            failed=bool(ended.returncode),
            broken=frozenset(name for level, name in found if level == "mandatory"),
            remarked=frozenset(name for level, name in found if level == "advisory"),
            words=ended.stdout + ended.stderr,
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
    """In which Pulumi keeps its state in the folder and knows that cluster alone."""
    home = {key: text for key, text in os.environ.items() if key == "PULUMI_HOME"}
    return home | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "KUBECONFIG": str(kubeconfig),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "of no other stack",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def copy_program(to: Path) -> None:
    """The program, with what its policies are, to run in the environment of the tests."""
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
    described = yaml.safe_load(pack.read_text()) | {"runtime": project["runtime"]}
    pack.write_text(yaml.safe_dump(described))


def _with(content: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    changed = {f"{_PROJECT}:{key}": value for key, value in settings.items()}
    return {**content, "config": {**content["config"], **changed}}


def _done(step: Mapping[str, Any]) -> Iterator[Done]:
    """What a step did to an object; nothing where it is about none, or a part of another step."""
    if step["type"].startswith("kubernetes:") and step["op"] not in _PARTS_OF_A_REPLACEMENT:
        states = [step.get(each) or {} for each in ("new", "old")]
        id_ = next(state["id"] for state in states if state.get("id"))  # namespace/name, or name
        kind = step["type"].rpartition(":")[2].removesuffix("Patch")
        patches = step["type"].endswith("Patch") and step["op"] == "create"  # what was there before
        yield Done(
            kind=kind, name=id_.rpartition("/")[2], action="update" if patches else step["op"]
        )
