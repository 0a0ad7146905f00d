"""Runs a stack's program in this process, on Pulumi's mocks, and keeps what it registers.

The program is the one that `pulumi up` runs, unchanged; only the engine behind it is played.
"""

import asyncio
import base64
import hashlib
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks

from settings.reader import Secret

_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 Pulumi's mark of a secret, not one
_SIGNATURE = "4dabf18193072939515e22adb298388d"


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One resource as the program registered it; `inputs` hide what is secret as `Secret`."""

    type: str
    name: str
    urn: str
    parent: str  # URN; empty for the stack itself
    inputs: Mapping[str, Any]
    custom: bool
    read: str = ""  # the id, where it is only read
    provider: str = ""  # URN and id
    protect: bool = False
    retain_on_delete: bool = False
    dependencies: tuple[str, ...] = ()  # URNs, those of inputs included
    timeouts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """All that a program registered, in order, and what it exports."""

    resources: tuple[Registered, ...]
    outputs: Mapping[str, Mapping[str, Any]]  # registered outputs by URN

    def __getitem__(self, name: str) -> Registered:
        """The resource of that logical name; KeyError when there is none."""
        found = [r for r in self.resources if r.name == name]
        if not found:
            raise KeyError(f"{name}; registered: {', '.join(r.name for r in self.resources)}")
        return found[0]

    @property
    def exports(self) -> Mapping[str, Any]:
        """The stack's outputs."""
        return next(o for urn, o in self.outputs.items() if "::pulumi:pulumi:Stack::" in urn)


class _Answers(mocks.Mocks):
    """What a cluster and a random source would answer, made up: the same each time."""

    def __init__(self, nodes: Mapping[str, Mapping[str, Any]]) -> None:
        self._nodes = nodes

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        state = dict(args.inputs)
        seed = hashlib.sha256(f"{args.name} {state.get('keepers')}".encode()).digest()
        if args.typ == "random:index/randomPassword:RandomPassword":
            text = (seed.hex() * 8)[: int(state["length"])]
            state["result"] = pulumi.Output.secret(text)
        elif args.typ == "random:index/randomBytes:RandomBytes":
            state["base64"] = pulumi.Output.secret(base64.b64encode(seed).decode())
        elif args.typ == "kubernetes:helm.sh/v3:Release":
            state["status"] = {"name": state["name"], "status": "deployed"}
        elif args.resource_id:
            state = {
                "metadata": {"name": args.resource_id},
                **self._nodes.get(args.resource_id, {}),
            }
        elif "metadata" in state and "name" not in state["metadata"]:
            state["metadata"] = {**state["metadata"], "name": auto_name(args.name, seed)}
        return args.resource_id or f"{args.name}-id", state

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"the program looks nothing up while it runs, but asked {args.token}")


def auto_name(name: str, seed: bytes) -> str:
    """As the Kubernetes provider names what has no name: the logical one and eight characters."""
    return f"{name}-{seed.hex()[:8]}"


class _Recorder(mocks.MockMonitor):
    def __init__(self, answers: mocks.Mocks) -> None:
        super().__init__(answers)
        self.registered: list[Registered] = []
        self.registered_outputs: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        response = super().RegisterResource(request)
        if any(r.urn == response.urn for r in self.registered):
            # The engine refuses it; the mocks alone would not notice.
            raise ValueError(f"{response.urn} is registered twice")
        self.registered.append(
            Registered(
                type=request.type,
                name=request.name,
                urn=response.urn,
                parent=request.parent,
                inputs=_plain(MessageToDict(request.object)),
                custom=request.custom,
                provider=request.provider,
                protect=request.protect,
                retain_on_delete=request.retainOnDelete,
                dependencies=tuple(sorted(request.dependencies)),
                timeouts={"create": request.customTimeouts.create},
            )
        )
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        response = super().ReadResource(request)
        self.registered.append(
            Registered(
                type=request.type,
                name=request.name,
                urn=response.urn,
                parent=request.parent,
                inputs={},
                custom=True,
                read=request.id,
                provider=request.provider,
            )
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        self.registered_outputs[request.urn] = _plain(MessageToDict(request.outputs))
        return super().RegisterResourceOutputs(request)


def _plain(value: Any) -> Any:
    """As the program meant it: what Pulumi marks as secret hides itself, whole numbers are whole,
    and a null stays, which Pulumi's own reading drops."""
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            return _hidden(value["value"])
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _hidden(value: Any) -> Any:
    """Secret leaf by leaf, so that the names of keys can be seen."""
    if isinstance(value, Mapping):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return Secret(str(value))


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """What Pulumi hands to the program: full keys and texts, and which of them are secret."""

    project: str
    stack: str
    texts: Mapping[str, str]
    secret: frozenset[str] = frozenset()


def evaluate(
    program: Path | Callable[[], None],
    config: StackConfig,
    nodes: Mapping[str, Mapping[str, Any]] | None = None,
) -> Evaluation:
    """Runs the program in the folder, or the function, to its end; `nodes` are those it may read.

    Raises what the program raises, pulumi.RunError for wrong settings among it.
    """
    recorder = _Recorder(_Answers(nodes or {}))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.configure(_settings(recorder, config))
        pulumi.runtime.set_all_config(dict(config.texts), sorted(config.secret))
        run = program if callable(program) else lambda: _run_folder(program)
        loop.run_until_complete(pulumi.runtime.run_in_stack(run))
    finally:
        pulumi.runtime.set_all_config({}, [])
        pulumi.runtime.reset_options()
        loop.close()
        asyncio.set_event_loop(None)
    return Evaluation(
        resources=tuple(r for r in recorder.registered if r.type != "pulumi:pulumi:Stack"),
        outputs=recorder.registered_outputs,
    )


def _settings(monitor: mocks.MockMonitor, config: StackConfig) -> mocks.MockSettings:
    """As `set_mocks` makes them; that one also makes a stack, which is finished at once, so that
    what the program exports would be lost."""
    return mocks.MockSettings(
        monitor=monitor,
        monitor_features=set(monitor.GetDeploymentInfo(None).supportedFeatures),
        engine=mocks.MockEngine(None),
        project=config.project,
        stack=config.stack,
        dry_run=False,
        organization=None,
        callbacks=None,
    )


def _run_folder(folder: Path) -> None:
    """As Pulumi's language host does it: the folder is on the path, and `__main__.py` is run."""
    runpy.run_path(str(folder), run_name="__main__")
