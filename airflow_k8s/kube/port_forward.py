"""Forwards a port of a Service to this machine, with `kubectl port-forward`."""

import re
import subprocess
import time
from pathlib import Path

from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.toolchain.command import CommandError

_READY = re.compile(r"Forwarding from (127\.0\.0\.1:\d+) ->")
_START_SECONDS = 30  # for kubectl to find a pod


class Forward:
    """A port-forward to a Service, opened when its address is needed, and again after it ended.

    kubectl forwards to one pod of the Service. When this pod stops, the port-forward ends.
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
        """The address on this machine, such as http://127.0.0.1:40123.

        Raises CommandError if kubectl can't open the port-forward now.
        """
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._open()
        return self._address

    def close(self) -> None:
        """Ends the port-forward. The next call of `address` opens another one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _open(self) -> None:
        command = [self._kubectl.program, *self._where, "--address", "127.0.0.1"]
        command += [f"--pod-running-timeout={_START_SECONDS}s"]
        # kubectl prints a line for each connection. A pipe that is not read would block it.
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 the command is ours
                command, stdout=log, stderr=log, env=self._kubectl.environment
            )
        latest = time.monotonic() + _START_SECONDS
        while time.monotonic() < latest and self._process.poll() is None:
            ready = _READY.search(self._text())
            if ready:
                self._address = f"http://{ready[1]}"
                return
            time.sleep(0.1)
        self.close()
        raise CommandError(self._text().strip() or "kubectl port-forward finds no pod")

    def _text(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")
