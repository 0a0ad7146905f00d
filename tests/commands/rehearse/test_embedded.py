"""The embedded control plane: its start, its addresses, and its deletion."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from airflow_k8s.commands.rehearse import embedded
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.toolchain.command import CommandError, run
from airflow_k8s.toolchain.control_plane import ControlPlane, find_control_plane
from tests.conftest import PROGRAM

_HOLD = """
import time
from airflow_k8s.commands.rehearse import embedded
from airflow_k8s.toolchain.control_plane import find_control_plane
with embedded.control_plane(find_control_plane(print), keep=False, notify=print) as running:
    print(running.folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def tools() -> ControlPlane:
    return find_control_plane(print)


def processes(folder: Path) -> list[int]:
    """The IDs of the processes whose command line has the folder."""
    listed = run(["ps", "-A", "-o", "pid=,args="]).splitlines()
    return [int(line.split()[0]) for line in listed if f"{folder}/" in line]


def gone(folder: Path) -> bool:
    """Waits up to 5 s until the folder and its processes do not exist."""
    for _ in range(50):
        if not folder.exists() and not processes(folder):
            return True
        time.sleep(0.1)
    return False


def listening(port: int) -> set[str]:
    """The addresses on which a process listens at the port, in the notation of /proc/net."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return {
        line[1].split(":")[0]
        for line in lines
        if line[3] == "0A" and int(line[1].split(":")[1], 16) == port
    }


def test_the_control_plane_of_a_killed_rehearsal_is_deleted_by_the_next_one(
    tools: ControlPlane,
) -> None:
    command = [sys.executable, "-c", _HOLD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROGRAM) as owner:  # noqa: S603
        assert owner.stdout is not None
        folder = next(Path(line.strip()) for line in owner.stdout if "rehearsals" in line)
        embedded.delete_unused(tools, print)
        assert processes(folder), "a control plane whose owner runs is kept"
        owner.send_signal(signal.SIGKILL)
    messages = list[str]()
    embedded.delete_unused(tools, messages.append)
    assert any(folder.name in text for text in messages)
    assert gone(folder)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc/net")
def test_the_control_plane_listens_on_localhost_only_and_is_deleted(tools: ControlPlane) -> None:
    with embedded.control_plane(tools, keep=False, notify=print) as running:
        options = next(yaml.safe_load_all((running.folder / "kwokctl.yaml").read_text()))["options"]
        ports = [value for key, value in options.items() if key.endswith("Port") and value > 1]
        assert len(ports) == 6
        assert {address for port in ports for address in listening(port)} == {"0100007F"}
        cluster = Cluster(running.kubeconfig)
        assert cluster.version() == tools.kubernetes
        cluster.close()
        assert 0 < running.memory() < 1.5 * 2**30
        folder = running.folder
    assert gone(folder)


def test_a_control_plane_that_does_not_start_is_an_error_with_its_log(
    tools: ControlPlane, tmp_path: Path
) -> None:
    broken = tmp_path / "etcd"
    broken.write_text("#!/bin/sh\necho 'no disk' >&2\nexit 1\n")
    broken.chmod(0o755)
    with (
        pytest.raises(CommandError, match=r"does not start[\s\S]*no disk"),
        embedded.control_plane(replace(tools, etcd=broken), keep=False, notify=print),
    ):
        pass
