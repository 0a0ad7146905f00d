"""kubectl for one context of the user's kubeconfig."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow_k8s.toolchain.command import run
from airflow_k8s.toolchain.control_plane import find_kubectl


@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """The program kubectl, and a kubeconfig that has one context."""

    program: Path
    kubeconfig: Path
    context: str

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables for programs that must use this context."""
        return os.environ | {"KUBECONFIG": str(self.kubeconfig)}

    def ask(self, *arguments: str, stdin: str = "", timeout: float = 60) -> str:
        """The output of kubectl. Raises CommandError with the error message of kubectl."""
        command: Sequence[str | Path] = [self.program, *arguments]
        return run(command, stdin=stdin, environment=self.environment, timeout=timeout)


def bound(context: str, kubeconfig: Path, notify: Callable[[str], None]) -> Kubectl:
    """Kubectl for the context of that name; for the current context if the name is empty.

    Writes the context to the file `kubeconfig`, as the only one in it. So Pulumi and helm can reach
    no other cluster, even if the user changes the current context meanwhile. Raises CommandError
    if there is no such context.
    """
    program = find_kubectl(notify)
    view = ["config", "view", "--raw", "--minify", "--flatten"]
    text = run([program, *view, *(["--context", context] if context else [])])
    kubeconfig.parent.mkdir(parents=True, exist_ok=True)
    kubeconfig.touch(mode=0o600)
    kubeconfig.chmod(0o600)  # it holds credentials
    kubeconfig.write_text(text, encoding="utf-8")
    environment = os.environ | {"KUBECONFIG": str(kubeconfig)}
    current = run([program, "config", "current-context"], environment=environment).strip()
    return Kubectl(program=program, kubeconfig=kubeconfig, context=current)
