"""kubectl, bound to one context of the user's kubeconfig and to nothing else."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow_k8s.toolchain.command import run
from airflow_k8s.toolchain.control_plane import find_kubectl


@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """kubectl and the kubeconfig whose only context it may use."""

    program: Path
    kubeconfig: Path
    context: str

    @property
    def environment(self) -> Mapping[str, str]:
        """In which whatever is started uses that context."""
        return os.environ | {"KUBECONFIG": str(self.kubeconfig)}

    def ask(self, *arguments: str, stdin: str = "", timeout: float = 60) -> str:
        """What it prints; CommandError with its own words."""
        command: Sequence[str | Path] = [self.program, *arguments]
        return run(command, stdin=stdin, environment=self.environment, timeout=timeout)


def bound(context: str, kubeconfig: Path, notify: Callable[[str], None]) -> Kubectl:
    """The program on the context of that name, or on the current one where it is empty.

    The context is written to a kubeconfig of its own, as its only one: the deployers and helm then
    touch no other cluster, even when the user changes the current context meanwhile.
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
