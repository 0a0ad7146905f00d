"""An embedded Kubernetes control plane without nodes. It is deleted after use."""

import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from airflow_k8s.toolchain.cache import cache_root
from airflow_k8s.toolchain.command import CommandError, run
from airflow_k8s.toolchain.control_plane import ControlPlane

_STAGES = Path(__file__).parent / "stages.yaml"
_NAME = "rehearsal"
_KEPT = "kept"
_LOCK = "lock"
_PORTS = (
    "kubeApiserverPort",
    "etcdPort",
    "etcdPeerPort",
    "kubeControllerManagerPort",
    "kubeSchedulerPort",
    "kwokControllerPort",
)


@dataclass(frozen=True)
class EmbeddedControlPlane:
    """A running control plane on this machine. `folder` contains its files and process ids."""

    folder: Path
    kubeconfig: Path

    def memory(self) -> int:
        """The memory of its processes, in bytes."""
        pids = ",".join(file.read_text().strip() for file in _pids(self.folder))
        return 1024 * sum(int(line) for line in run(["ps", "-o", "rss=", "-p", pids]).split())


@contextmanager
def control_plane(
    tools: ControlPlane, *, keep: bool, notify: Callable[[str], None]
) -> Generator[EmbeddedControlPlane]:
    """Starts a control plane and stops it at the end of the block; with `keep` it runs on.

    Before that, the control planes of killed rehearsals are deleted. Raises CommandError with the
    last lines of the logs if the control plane does not start.
    """
    delete_unused(tools, notify)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="", dir=_home()))
        # The lock lasts as long as this process. The file gets its final name only when it is
        # locked, so that no other process finds an unlocked one.
        lock = stack.enter_context((folder / "new").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "new").rename(folder / _LOCK)
        try:
            _start(tools, folder)
            if keep:
                (folder / _KEPT).touch()
            yield EmbeddedControlPlane(folder, folder / "kubeconfig")
        finally:
            if not (folder / _KEPT).exists():
                _delete(tools, folder)


def delete_unused(
    tools: ControlPlane, notify: Callable[[str], None], *, kept: bool = False
) -> None:
    """Deletes the control planes of killed rehearsals; with `kept` also those that were kept."""
    for folder in _home().iterdir():
        if (folder / _KEPT).exists() and not kept:
            continue
        with suppress(OSError), (folder / _LOCK).open("r+") as lock:  # its owner is starting
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # or running
            notify(f"deleting the control plane {folder.name} of an earlier rehearsal")
            _delete(tools, folder)


def _home() -> Path:
    home = cache_root() / "rehearsals"
    home.mkdir(parents=True, exist_ok=True)
    return home


def _start(tools: ControlPlane, folder: Path) -> None:
    configuration = {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "options": {
            "runtime": "binary",
            "bindAddress": "127.0.0.1",  # kwokctl's default is every address
            "securePort": True,
            "kubeAuthorization": True,
            "kubeAdmission": True,
            "kubeVersion": f"v{tools.kubernetes}",
            "disableQPSLimits": True,
            "etcdBinary": str(tools.etcd),
            "kubeApiserverBinary": str(tools.kube_apiserver),
            "kubeControllerManagerBinary": str(tools.kube_controller_manager),
            "kubeSchedulerBinary": str(tools.kube_scheduler),
            "kwokControllerBinary": str(tools.kwok),
            "kubectlBinary": str(tools.kubectl),
            # kwokctl's own search for free ports does not see those of a concurrent kwokctl.
            **dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True)),
        },
        # Its data need not survive a crash of this machine.
        "componentsPatches": [
            {"name": "etcd", "extraArgs": [{"key": "unsafe-no-fsync", "value": "true"}]}
        ],
    }
    file = folder / "kwokctl.yaml"
    file.write_text(f"{yaml.safe_dump(configuration)}---\n{_STAGES.read_text()}")
    kubeconfig = ["--kubeconfig", folder / "kubeconfig"]
    command = [tools.kwokctl, "create", "cluster", "--name", _NAME, "--config", file]
    try:
        run([*command, *kubeconfig, "--wait", "60s"], environment=_environment(folder), timeout=90)
    except CommandError as error:
        raise CommandError(
            f"the control plane does not start: {error}\n{_last_log_lines(folder)}"
        ) from error


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for own in sockets:
            own.bind(("127.0.0.1", 0))
        return [own.getsockname()[1] for own in sockets]


def _delete(tools: ControlPlane, folder: Path) -> None:
    with suppress(CommandError):  # raised if the cluster never started
        run(
            [tools.kwokctl, "delete", "cluster", "--name", _NAME],
            environment=_environment(folder),
        )
    shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    others = {key: value for key, value in os.environ.items() if not key.startswith("KWOK_")}
    return others | {"KWOK_WORKDIR": str(folder), "KUBECONFIG": str(folder / "kubeconfig")}


def _cluster(folder: Path) -> Path:
    return folder / "clusters" / _NAME


def _pids(folder: Path) -> list[Path]:
    return sorted((_cluster(folder) / "pids").glob("*.pid"))


def _last_log_lines(folder: Path) -> str:
    logs = sorted((_cluster(folder) / "logs").glob("*.log"))
    return "\n".join(
        f"{log.stem}: {line}"
        for log in logs
        for line in log.read_text(errors="replace").splitlines()[-3:]
    )
