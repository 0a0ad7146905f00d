"""Runs a stack's program in this process, on Pulumi's mocks, and keeps what it registers.

The program is the one that `pulumi up` runs, unchanged; only the engine behind it is played.
"""

import asyncio
import base64
import hashlib
import runpy
import sys
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pulumi
from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict, ParseDict
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from airflow_k8s.stack.settings.secret import Secret
from airflow_k8s.stack.stack_file import StackConfig

_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 Pulumi's mark of a secret, not one
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_AT_ONCE = 64  # more resources than a stack waits for together
_HERE = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class RegisteredResource:
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
    aliased: bool = False  # it had other names before, which Pulumi is told of


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """All that a program registered, in order, and what it exports."""

    resources: tuple[RegisteredResource, ...]
    outputs: Mapping[str, Mapping[str, Any]]  # registered outputs by URN

    def __getitem__(self, name: str) -> RegisteredResource:
        """The resource of that logical name; KeyError when there is none."""
        found = [r for r in self.resources if r.name == name]
        if not found:
            raise KeyError(f"{name}; registered: {', '.join(r.name for r in self.resources)}")
        return found[0]

    @property
    def exports(self) -> Mapping[str, Any]:
        """The stack's outputs."""
        return next(o for urn, o in self.outputs.items() if "::pulumi:pulumi:Stack::" in urn)


class Engine(Protocol):
    """What a program talks to: Pulumi's engine and the providers behind it. Called on several
    threads at once, for each resource when all that it depends on has been answered."""

    def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
        """Its id and its properties, those that are secret as `Secret`."""
        ...

    def read(self, resource: RegisteredResource) -> Mapping[str, Any]:
        """The properties of what is there already."""
        ...


class MockEngine:
    """Answers as a cluster and a random source would, without any: the same each time."""

    def __init__(self, nodes: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._nodes = nodes or {}

    def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
        """As `Engine` says."""
        state = dict(resource.inputs)
        seed = f"{resource.name} {state.get('keepers')}"
        if resource.type == "kubernetes:helm.sh/v3:Release":
            state["status"] = {"name": state["name"], "status": "deployed"}
        elif "metadata" in state and "name" not in state["metadata"]:
            state["metadata"] = {**state["metadata"], "name": auto_name(resource.name, seed)}
        return f"{resource.name}-id", state | generated(resource, seed)

    def read(self, resource: RegisteredResource) -> Mapping[str, Any]:
        """As `Engine` says."""
        return {"metadata": {"name": resource.read}, **self._nodes.get(resource.read, {})}


def generated(resource: RegisteredResource, seed: str) -> dict[str, Secret]:
    """What a random resource makes, from the seed alone; nothing for any other resource."""
    digest = hashlib.sha256(seed.encode()).digest()
    if resource.type == "random:index/randomPassword:RandomPassword":
        return {"result": Secret((digest.hex() * 8)[: int(resource.inputs["length"])])}
    if resource.type == "random:index/randomBytes:RandomBytes":  # of earlier revisions
        return {"base64": Secret(base64.b64encode(digest).decode())}
    return {}


def auto_name(name: str, seed: str) -> str:
    """As the Kubernetes provider names what has no name: the logical one and eight characters."""
    return f"{name}-{hashlib.sha256(seed.encode()).hexdigest()[:8]}"


class _NoMocks(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise AssertionError(f"{args.name} went past the engine")

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"the program looks nothing up while it runs, but asked {args.token}")


class _Monitor(mocks.MockMonitor):
    """Hands what the program registers to an engine, and keeps it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(_NoMocks())
        self._engine = engine
        self.registered: list[RegisteredResource] = []
        self.registered_outputs: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if any(r.urn == urn for r in self.registered):
            # The engine refuses it; the mocks alone would not notice.
            raise ValueError(f"{urn} is registered twice")
        resource = RegisteredResource(
            type=request.type,
            name=request.name,
            urn=urn,
            parent=request.parent,
            inputs=_plain(MessageToDict(request.object)),
            custom=request.custom,
            provider=request.provider,
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            dependencies=tuple(sorted(request.dependencies)),
            timeouts={"create": request.customTimeouts.create},
            aliased=bool(request.aliases or request.aliasURNs),
        )
        self.registered.append(resource)
        id_, state = self._engine.create(resource)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_, object=_message(state))

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        resource = RegisteredResource(
            type=request.type,
            name=request.name,
            urn=self.make_urn(request.parent, request.type, request.name),
            parent=request.parent,
            inputs={},
            custom=True,
            read=request.id,
            provider=request.provider,
            dependencies=tuple(sorted(request.dependencies)),
        )
        self.registered.append(resource)
        state = _message(self._engine.read(resource))
        return resource_pb2.ReadResourceResponse(urn=resource.urn, properties=state)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        self.registered_outputs[request.urn] = _plain(MessageToDict(request.outputs))
        return super().RegisterResourceOutputs(request)


def _message(state: Mapping[str, Any]) -> Any:
    """As Pulumi sends it: what hides itself is marked as secret."""
    return ParseDict(_marked(state), struct_pb2.Struct())


def _marked(value: Any) -> Any:
    if isinstance(value, Secret):
        return {_SIGNATURE: _SECRET, "value": value.reveal()}
    if isinstance(value, Mapping):
        return {key: _marked(item) for key, item in value.items()}
    return [_marked(item) for item in value] if isinstance(value, (list, tuple)) else value


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


def evaluate(
    program: Path | Callable[[], None],
    config: StackConfig,
    engine: Engine | None = None,
) -> Evaluation:
    """Runs the program in the folder, or the function, to its end.

    Raises what the program raises, pulumi.RunError for wrong settings among it.
    """
    monitor = _Monitor(engine or MockEngine())
    loop = asyncio.new_event_loop()
    # An engine may take its time with a resource; one that waits for another must not keep that
    # one from a thread.
    threads = ThreadPoolExecutor(max_workers=_AT_ONCE)
    loop.set_default_executor(threads)
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.configure(_settings(monitor, config))
        pulumi.runtime.set_all_config(dict(config.texts), sorted(config.secret))
        run = program if callable(program) else lambda: _run_folder(program)
        loop.run_until_complete(pulumi.runtime.run_in_stack(run))
        threads.shutdown()
    finally:
        pulumi.runtime.set_all_config({}, [])
        pulumi.runtime.reset_options()
        threads.shutdown(wait=False, cancel_futures=True)  # one may wait for long
        loop.close()
        asyncio.set_event_loop(None)
    return Evaluation(
        resources=tuple(r for r in monitor.registered if r.type != "pulumi:pulumi:Stack"),
        outputs=monitor.registered_outputs,
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
    with _own_modules(folder):
        runpy.run_path(str(folder), run_name="__main__")


@contextmanager
def _own_modules(folder: Path) -> Generator[None]:
    """Another revision of this repository gets its own modules, not those that are loaded here."""
    if folder.resolve() == _HERE:
        yield
        return
    before = dict(sys.modules)
    ours = [name for name, module in before.items() if _stands_in(_HERE, name, module)]
    for name in ours:
        del sys.modules[name]
    path = list(sys.path)
    # An empty entry is the current folder, which would be searched for them again.
    sys.path[:] = [p for p in path if Path(p).resolve() != _HERE]
    try:
        yield
    finally:
        sys.path[:] = path
        loaded = dict(sys.modules)
        for name in (name for name, module in loaded.items() if _stands_in(folder, name, module)):
            del sys.modules[name]
        sys.modules.update({name: before[name] for name in ours})


def _stands_in(folder: Path, name: str, module: ModuleType) -> bool:
    """Whether it is a module of the repository there, not one of an environment inside it."""
    file = getattr(module, "__file__", None)
    if not file or not Path(file).resolve().is_relative_to(folder.resolve()):
        return False
    outermost = Path(file).resolve().relative_to(folder.resolve()).parts[0]
    return outermost.removesuffix(".py") == name.split(".")[0]
