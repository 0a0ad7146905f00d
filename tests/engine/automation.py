"""A stack as committed, driven by Pulumi's Automation API on a control plane of the tests."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pulumi import automation

from airflow_k8s.stack.stack_file import PLACEHOLDER_SECRET
from tests.conftest import PROGRAM
from tests.engine.engine import copy_program, pulumi_environment

_PROJECT = "airflow-platform"
_NO_CHANGE = ("same", "read", "refresh", "discard", "create-replacement", "delete-replaced")


class Change(NamedTuple):
    """What became of one resource; the name is the one that it has in the program."""

    action: str
    kind: str
    name: str


@dataclass
class Stack:
    """The stack, what it did at each step, and how long each took."""

    name: str
    pulumi: automation.Stack
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    def preview(self) -> set[Change]:
        """What an update would change."""
        return self._run("preview", self.pulumi.preview, "resource_pre_event")

    def up(self, called: str = "up") -> set[Change]:
        """An update, and what it changed; CommandError, with all that was said, where it fails."""
        return self._run(called, self.pulumi.up)

    def refresh(self, called: str = "refresh") -> set[Change]:
        """What Pulumi finds otherwise than it left it, which it takes over into its state."""
        return self._run(called, self.pulumi.refresh)

    def destroy(self) -> set[Change]:
        """Takes everything away; CommandError where something is protected."""
        return self._run("destroy", self.pulumi.destroy)

    def configure(self, path: str, value: str) -> None:
        """As `pulumi config set --path` does."""
        self.pulumi.set_config(path, automation.ConfigValue(value), path=True)

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the stack's file says now, as `render` takes changes of settings."""
        file = Path(self.pulumi.workspace.work_dir) / f"Pulumi.{self.name}.yaml"
        config = yaml.safe_load(file.read_text())["config"]
        return {key.removeprefix(f"{_PROJECT}:"): value for key, value in config.items()}

    def _run(
        self, called: str, run: Callable[..., object], told_in: str = "res_outputs_event"
    ) -> set[Change]:
        changes, begun = set[Change](), time.monotonic()

        def hear(event: automation.EngineEvent) -> None:
            told = getattr(event, told_in)
            if told is not None:
                changes.update(_changes(told.metadata))

        run(on_event=hear)
        self.seconds[called] = time.monotonic() - begun
        return changes


def stack(folder: Path, name: str, kubeconfig: Path, settings: Mapping[str, Any]) -> Stack:
    """The stack as committed but for the settings; its program and state are in the folder."""
    program, state = folder / "program", folder / "state"
    state.mkdir()
    copy_program(program)
    committed = yaml.safe_load((PROGRAM / f"Pulumi.{name}.yaml").read_text())
    changes = {f"{_PROJECT}:{key}": value for key, value in settings.items()}
    content = {"config": committed["config"] | changes}
    (program / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump(content))
    options = automation.LocalWorkspaceOptions(
        env_vars=pulumi_environment(state, kubeconfig), secrets_provider="passphrase"
    )
    made = automation.create_stack(name, work_dir=str(program), opts=options)
    made.set_config("pipelineDatabaseUrl", automation.ConfigValue(PLACEHOLDER_SECRET, secret=True))
    return Stack(name=name, pulumi=made)


def _changes(metadata: Any) -> Iterator[Change]:
    """What a step is about; nothing where it is about no object, or a part of another step."""
    type_, op = str(metadata.type), str(metadata.op.value)
    if type_.startswith(("kubernetes:", "random:")) and op not in _NO_CHANGE:
        yield Change(op, type_.rpartition(":")[2], str(metadata.urn).rpartition("::")[2])
