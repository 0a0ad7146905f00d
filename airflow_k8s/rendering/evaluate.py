"""Runs a stack's Pulumi program in this process and records the resources that it registers.

The program is the one that `pulumi up` runs. Pulumi's mocks take the place of its engine.
"""

import asyncio
import runpy
import sys
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict, ParseDict
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from airflow_k8s.rendering.mock_engine import Engine, MockEngine
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource
from airflow_k8s.stack.settings.secret import Secret
from airflow_k8s.stack.stack_file import StackConfig

_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 Pulumi's type tag of secrets
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_MAX_THREADS = 64  # more resources than a stack waits for at the same time
_REPOSITORY = Path(__file__).parents[2]


class _NoMocks(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise AssertionError(f"{args.name} was not passed to the engine")

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"a program must not call functions of providers: {args.token}")


class _Monitor(mocks.MockMonitor):
    """Passes the resources that the program registers to an engine, and records them."""

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
            # Pulumi's engine rejects this; its mocks do not.
            raise ValueError(f"{urn} is registered twice")
        resource = RegisteredResource(
            type=request.type,
            name=request.name,
            urn=urn,
            parent=request.parent,
            inputs=_decoded(MessageToDict(request.object)),
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
        self.registered_outputs[request.urn] = _decoded(MessageToDict(request.outputs))
        return super().RegisterResourceOutputs(request)


def _message(state: Mapping[str, Any]) -> Any:
    """The properties as Pulumi sends them, with secrets in Pulumi's encoding."""
    return ParseDict(_encoded(state), struct_pb2.Struct())


def _encoded(value: Any) -> Any:
    if isinstance(value, Secret):
        return {_SIGNATURE: _SECRET, "value": value.reveal()}
    if isinstance(value, Mapping):
        return {key: _encoded(item) for key, item in value.items()}
    return [_encoded(item) for item in value] if isinstance(value, (list, tuple)) else value


def _decoded(value: Any) -> Any:
    """A value that Pulumi sent, as the program wrote it.

    Secrets become `Secret`, whole numbers become int, and nulls stay, which Pulumi's own
    deserialization drops.
    """
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            return _as_secrets(value["value"])
        return {key: _decoded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_secrets(value: Any) -> Any:
    """The value with every leaf as `Secret`, so that the names of keys stay visible."""
    if isinstance(value, Mapping):
        return {key: _as_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_secrets(item) for item in value]
    return Secret(str(value))


def evaluate(
    program: Path | Callable[[], None],
    config: StackConfig,
    engine: Engine | None = None,
) -> Evaluation:
    """Runs a program to its end: the one in the folder, or the function.

    Raises pulumi.RunError if settings are wrong, and any other exception that the program raises.
    """
    monitor = _Monitor(engine or MockEngine())
    loop = asyncio.new_event_loop()
    # An engine may need long for a resource. A resource that waits for another one must not occupy
    # the thread that the other one needs.
    threads = ThreadPoolExecutor(max_workers=_MAX_THREADS)
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
        threads.shutdown(wait=False, cancel_futures=True)  # a thread may wait for long
        loop.close()
        asyncio.set_event_loop(None)
    return Evaluation(
        resources=tuple(r for r in monitor.registered if r.type != "pulumi:pulumi:Stack"),
        outputs=monitor.registered_outputs,
    )


def _settings(monitor: mocks.MockMonitor, config: StackConfig) -> mocks.MockSettings:
    """The settings that Pulumi's `set_mocks` makes.

    `set_mocks` itself also makes a stack and completes it immediately, which loses the program's
    exports.
    """
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
    """Runs `__main__.py` like Pulumi's language host, with the folder on the path."""
    with _own_modules(folder):
        runpy.run_path(str(folder), run_name="__main__")


@contextmanager
def _own_modules(folder: Path) -> Generator[None]:
    """Lets a program of another revision import its own modules, not those of this process."""
    if folder.resolve() == _REPOSITORY:
        yield
        return
    before = dict(sys.modules)
    ours = [name for name, module in before.items() if _belongs_to(_REPOSITORY, name, module)]
    for name in ours:
        del sys.modules[name]
    path = list(sys.path)
    # An empty entry means the current folder, which may be this repository.
    sys.path[:] = [p for p in path if Path(p).resolve() != _REPOSITORY]
    try:
        yield
    finally:
        sys.path[:] = path
        loaded = dict(sys.modules)
        for name in (name for name, module in loaded.items() if _belongs_to(folder, name, module)):
            del sys.modules[name]
        sys.modules.update({name: before[name] for name in ours})


def _belongs_to(folder: Path, name: str, module: ModuleType) -> bool:
    """Whether the module is code of the repository in the folder, not of an environment in it."""
    file = getattr(module, "__file__", None)
    if not file or not Path(file).resolve().is_relative_to(folder.resolve()):
        return False
    outermost = Path(file).resolve().relative_to(folder.resolve()).parts[0]
    return outermost.removesuffix(".py") == name.split(".")[0]
