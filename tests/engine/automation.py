"""Runs a stack by Pulumi's Automation API, on a control plane that the tests start."""

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
    """A change of one resource; the name is that of the resource in the program."""

    action: str
    kind: str
    name: str


@dataclass
class Stack:
    """A stack, and how long its operations took."""

    name: str
    pulumi: automation.Stack
    seconds: dict[str, float] = field(default_factory=dict[str, float])  # by label of operation

    def preview(self) -> set[Change]:
        """The changes that an update would make."""
        return self._run("preview", self.pulumi.preview, "resource_pre_event")

    def up(self, label: str = "up") -> set[Change]:
        """Updates the stack, and returns the changes. Raises CommandError with Pulumi's output."""
        return self._run(label, self.pulumi.up)

    def refresh(self, label: str = "refresh") -> set[Change]:
        """Refreshes the state, and returns the changes since Pulumi's last operation."""
        return self._run(label, self.pulumi.refresh)

    def destroy(self) -> set[Change]:
        """Destroys the stack. Raises CommandError if a resource is protected."""
        return self._run("destroy", self.pulumi.destroy)

    def configure(self, path: str, value: str) -> None:
        """Changes a setting like `pulumi config set --path`."""
        self.pulumi.set_config(path, automation.ConfigValue(value), path=True)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The current settings in the stack file, as arguments of `rendered_with`."""
        file = Path(self.pulumi.workspace.work_dir) / f"Pulumi.{self.name}.yaml"
        config = yaml.safe_load(file.read_text())["config"]
        return {key.removeprefix(f"{_PROJECT}:"): value for key, value in config.items()}

    def _run(
        self, label: str, run: Callable[..., object], event_field: str = "res_outputs_event"
    ) -> set[Change]:
        changes, start = set[Change](), time.monotonic()

        def on_event(event: automation.EngineEvent) -> None:
            resource_event = getattr(event, event_field)
            if resource_event is not None:
                changes.update(_changes(resource_event.metadata))

        run(on_event=on_event)
        self.seconds[label] = time.monotonic() - start
        return changes


def stack(folder: Path, name: str, kubeconfig: Path, settings: Mapping[str, Any]) -> Stack:
    """The committed stack with changed settings; its program and state are in the folder."""
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
    """The change of a step; nothing for a step without an object, or for half a replacement."""
    type_, op = str(metadata.type), str(metadata.op.value)
    if type_.startswith(("kubernetes:", "random:")) and op not in _NO_CHANGE:
        yield Change(op, type_.rpartition(":")[2], str(metadata.urn).rpartition("::")[2])
