"""What brings the stack up and down: Pulumi, or where its CLI is missing, the rehearsal."""

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

_PATIENCE = 30 * 60  # seconds that a deployment may take
_PATIENCE_WITH_END = 300.0
_LAST_LINES = 80


class Deployer(Protocol):
    """Brings the program in a folder up and down."""

    @property
    def told(self) -> str:
        """What it is, in words."""
        ...

    @property
    def keeps_data(self) -> bool:
        """Whether it promises that what is protected outlives a `down`."""
        ...

    def up(self) -> None:
        """Deploys the program as it is now; CommandError with what was said."""
        ...

    def down(self, *, keep_protected: bool = False) -> None:
        """Takes it away."""
        ...


@dataclass(kw_only=True)
class Commands:
    """Runs commands in the program's folder, each with its output in a file."""

    folder: Path
    logs: Path
    environment: Mapping[str, str]
    _count: int = 0

    def run(self, command: Sequence[str | Path], called: str) -> None:
        """Runs it to its end; CommandError with its last words where it fails."""
        self._count += 1
        log = self.logs / f"{self._count:02}-{called}.log"
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
                status = process.wait(timeout=_PATIENCE)
            except BaseException:
                _end(process)
                raise
        if status:
            said = log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
            words = "\n".join(said[-_LAST_LINES:])
            raise CommandError(
                f"{called} ended with {status}; its last words, all are in {log}:\n{words}"
            )


def _end(process: subprocess.Popen[bytes]) -> None:
    """So that it can give locks back. Not by SIGINT, which what was started in a shell's background
    ignores."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class PulumiDeployer:
    """The Pulumi CLI, its state in a folder."""

    told = "pulumi up"
    keeps_data = True

    def __init__(self, program: Program, kubectl: Kubectl, *, state: Path, logs: Path) -> None:
        state.mkdir(parents=True, exist_ok=True)
        environment = {
            **kubectl.environment,
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self._commands = Commands(folder=program.folder, logs=logs, environment=environment)
        self._there = False

    def up(self) -> None:
        """As `Deployer` says."""
        if not self._there:
            self._pulumi("stack-init", "stack", "init", STACK)
            # Nobody connects there; what matters is that the password shows up nowhere.
            url = f"postgresql://pipeline:{secrets.token_hex()}@pipeline.invalid/pipeline"
            where = ["config", "set", "--stack", STACK, "--secret", "pipelineDatabaseUrl"]
            self._pulumi("config-set", *where, url)
            self._there = True
        self._pulumi("up", "up", "--yes", "--skip-preview", "--stack", STACK)

    def down(self, *, keep_protected: bool = False) -> None:
        """As `Deployer` says."""
        how = ["--exclude-protected"] if keep_protected else []
        self._pulumi("destroy", "destroy", "--yes", "--skip-preview", "--stack", STACK, *how)

    def _pulumi(self, called: str, *arguments: str) -> None:
        command = ["pulumi", *arguments, "--non-interactive"]
        self._commands.run(command, f"pulumi-{called}")


class RehearsalDeployer:
    """`python -m rehearsal --cluster current`, which keeps no state but what is on the cluster."""

    told = "rehearsal --cluster current"
    keeps_data = False

    def __init__(
        self, program: Program, kubectl: Kubectl, cluster: Cluster, *, helm: Path, logs: Path
    ) -> None:
        # helm and kubectl are found here as they were found for this.
        environment = dict(kubectl.environment)
        self._commands = Commands(folder=program.folder, logs=logs, environment=environment)
        self._cluster = cluster
        self._helm = helm

    def up(self) -> None:
        """As `Deployer` says."""
        command = [
            sys.executable,
            "-m",
            "airflow_k8s.commands.rehearse.command",
            "--stack",
            STACK,
            "--cluster",
            "current",
        ]
        self._commands.run([*command, "--keep"], "rehearsal")

    def down(self, *, keep_protected: bool = False) -> None:
        """As `Deployer` says; it protects nothing."""
        del keep_protected
        delete_stack(self._cluster, self._helm, NAMESPACE, timeout=_PATIENCE_WITH_END)
