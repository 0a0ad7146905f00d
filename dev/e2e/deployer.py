"""Deploys the stack under test and takes it down: by Pulumi, or without its CLI by a rehearsal."""

import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from airflow_k8s.commands.rehearse.cleanup import delete_stack
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.toolchain.command import CommandError
from dev.e2e.program import NAMESPACE, STACK, Program

_COMMAND_SECONDS = 30 * 60
_STOP_SECONDS = 60
_NAMESPACE_SECONDS = 300.0
_LAST_LINES = 80


class Deployer(Protocol):
    """Deploys a program and takes it down."""

    @property
    def label(self) -> str:
        """The command that it runs, for messages."""
        ...

    @property
    def keeps_data(self) -> bool:
        """Whether `down(keep_protected=True)` keeps protected resources."""
        ...

    def up(self) -> None:
        """Deploys the program with its current settings. Raises CommandError if that fails."""
        ...

    def down(self, *, keep_protected: bool = False) -> None:
        """Takes the stack down. Raises CommandError if that fails."""
        ...


@dataclass(kw_only=True)
class CommandRunner:
    """Runs commands in a program's folder, and writes the output of each to a log file."""

    folder: Path
    logs: Path
    environment: Mapping[str, str]
    _count: int = 0

    def run(self, command: Sequence[str | Path], label: str) -> None:
        """Runs a command to its end.

        Raises CommandError with the last lines of its output if it fails.
        """
        self._count += 1
        log = self.logs / f"{self._count:02}-{label}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 the commands are ours
                command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            try:
                exit_code = process.wait(timeout=_COMMAND_SECONDS)
            except BaseException:
                _stop(process)
                raise
        if exit_code:
            lines = log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
            tail = "\n".join(lines[-_LAST_LINES:])
            raise CommandError(
                f"{label} ended with exit code {exit_code}; the last lines of {log}:\n{tail}"
            )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Terminates a process, with time to release its locks.

    SIGTERM, because a process that a shell started in the background ignores SIGINT.
    """
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class PulumiDeployer:
    """Runs the Pulumi CLI; the stack's state is in a local folder."""

    label = "pulumi up"
    keeps_data = True

    def __init__(self, program: Program, kubectl: Kubectl, *, state: Path, logs: Path) -> None:
        state.mkdir(parents=True, exist_ok=True)
        environment = {
            **kubectl.environment,
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self._runner = CommandRunner(folder=program.folder, logs=logs, environment=environment)
        self._stack_exists = False

    def up(self) -> None:
        """See Deployer."""
        if not self._stack_exists:
            self._pulumi("stack-init", "stack", "init", STACK)
            # The database does not exist. The password only has to be unique, so that the test can
            # check that no log shows it.
            url = f"postgresql://pipeline:{secrets.token_hex()}@pipeline.invalid/pipeline"
            config_set = ["config", "set", "--stack", STACK, "--secret", "pipelineDatabaseUrl"]
            self._pulumi("config-set", *config_set, url)
            self._stack_exists = True
        self._pulumi("up", "up", "--yes", "--skip-preview", "--stack", STACK)

    def down(self, *, keep_protected: bool = False) -> None:
        """See Deployer."""
        options = ["--exclude-protected"] if keep_protected else []
        self._pulumi("destroy", "destroy", "--yes", "--skip-preview", "--stack", STACK, *options)

    def _pulumi(self, label: str, *arguments: str) -> None:
        command = ["pulumi", *arguments, "--non-interactive"]
        self._runner.run(command, f"pulumi-{label}")


class RehearsalDeployer:
    """Runs a rehearsal that keeps its objects on the cluster; there is no other state."""

    label = "rehearse --cluster current"
    keeps_data = False

    def __init__(
        self, program: Program, kubectl: Kubectl, cluster: Cluster, *, helm: Path, logs: Path
    ) -> None:
        # The environment has the PATH of this process, so the rehearsal finds the same helm.
        environment = dict(kubectl.environment)
        self._runner = CommandRunner(folder=program.folder, logs=logs, environment=environment)
        self._folder = program.folder
        self._cluster = cluster
        self._helm = helm

    def up(self) -> None:
        """See Deployer."""
        # -C wins over AIRFLOW_PLATFORM_PROJECT, which names the checkout and not the copy.
        platform = [sys.executable, "-m", "airflow_k8s", "-C", str(self._folder)]
        command = [*platform, "rehearse", STACK, "--cluster", "current", "--keep"]
        self._runner.run(command, "rehearsal")

    def down(self, *, keep_protected: bool = False) -> None:
        """Deletes everything, because a rehearsal protects nothing."""
        del keep_protected
        delete_stack(self._cluster, self._helm, NAMESPACE, timeout=_NAMESPACE_SECONDS)
