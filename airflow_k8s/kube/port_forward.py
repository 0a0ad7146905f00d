"""A Service's port on this machine, by `kubectl port-forward`."""

import re
import subprocess
import time
from pathlib import Path

from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.toolchain.command import CommandError

_SAID = re.compile(r"Forwarding from (127\.0\.0\.1:\d+) ->")
_SECONDS = 30  # that it may take to find a pod


class Forward:
    """The way to a Service, opened when it is asked for, and anew after it broke.

    kubectl follows one pod: when that one goes, so does the way.
    """

    def __init__(
        self, kubectl: Kubectl, *, namespace: str, service: str, port: int, log: Path
    ) -> None:
        self._kubectl = kubectl
        self._where = ["--namespace", namespace, "port-forward", f"service/{service}", f":{port}"]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._address = ""

    def address(self) -> str:
        """Such as http://127.0.0.1:40123; CommandError where there is no way now."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._open()
        return self._address

    def close(self) -> None:
        """Ends it; the next question for the address opens another."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _open(self) -> None:
        command = [self._kubectl.program, *self._where, "--address", "127.0.0.1"]
        command += [f"--pod-running-timeout={_SECONDS}s"]
        # It says a line for each connection: a pipe that nobody reads would fill and stop it.
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 the command is ours
                command, stdout=log, stderr=log, env=self._kubectl.environment
            )
        latest = time.monotonic() + _SECONDS
        while time.monotonic() < latest and self._process.poll() is None:
            said = _SAID.search(self._text())
            if said:
                self._address = f"http://{said[1]}"
                return
            time.sleep(0.1)
        self.close()
        raise CommandError(self._text().strip() or "kubectl port-forward finds no pod")

    def _text(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")
