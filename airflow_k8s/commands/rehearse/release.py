"""A Helm release on a cluster, with the options that the program sets."""

import hashlib
import json
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from airflow_k8s.commands.rehearse.annotations import INPUTS
from airflow_k8s.errors import UserError
from airflow_k8s.rendering.helm import clean_environment, error_message
from airflow_k8s.toolchain.command import CommandError, run

_WARNING = re.compile(r"^[IWE]\d+ .*warnings\.go:\d+\] (?P<text>.*)$")  # the format of klog
# Options of Pulumi's Release and the flags of helm with the same meaning.
# https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/
_FLAGS: Mapping[str, str] = {
    "atomic": "--atomic",
    "cleanupOnFail": "--cleanup-on-fail",
    "disableOpenapiValidation": "--disable-openapi-validation",
    "disableWebhooks": "--no-hooks",
    "forceUpdate": "--force",
    "skipCrds": "--skip-crds",
    "waitForJobs": "--wait-for-jobs",
}
_SUPPORTED = {
    *_FLAGS,
    "allowNullValues",
    "chart",
    "compat",
    "createNamespace",
    "maxHistory",
    "name",
    "namespace",
    "repositoryOpts",
    "skipAwait",
    "timeout",
    "values",
    "version",
}
_TIMEOUT = 300  # seconds; helm's default
_POLL = 0.2  # seconds between two checks of a running helm


def command(helm: Path, chart: Path, inputs: Mapping[str, Any], *, label: str) -> list[str]:
    """The helm command that does what Pulumi's provider does with a Release.

    Raises UserError if an option of the Release is not supported here.
    """
    unsupported = sorted(key for key, value in inputs.items() if value and key not in _SUPPORTED)
    if unsupported:
        raise UserError(
            f"a rehearsal does not support these options of a Release: {', '.join(unsupported)}"
        )
    line = [str(helm), "upgrade", "--install", inputs["name"], str(chart)]
    line += ["--namespace", inputs["namespace"], "--values", "-", "--labels", label]
    line += [flag for key, flag in _FLAGS.items() if inputs.get(key)]
    line += ["--create-namespace"] if inputs.get("createNamespace") else []
    line += ["--history-max", str(inputs["maxHistory"])] if inputs.get("maxHistory") else []
    if not inputs.get("skipAwait"):
        line += ["--wait", "--timeout", f"{inputs.get('timeout') or _TIMEOUT}s"]
    return line


def digest(inputs: Mapping[str, Any], chart: Path) -> str:
    """A checksum of the options, values and chart of a release."""
    files = sorted(file for file in chart.rglob("*") if file.is_file()) or [chart]
    found = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode())
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


def is_current(secrets: Iterable[Mapping[str, Any]], inputs: str) -> bool:
    """Whether the last revision of a release is deployed and has this digest of its inputs.

    Helm keeps every revision as a Secret.
    """
    labels = [secret["metadata"]["labels"] for secret in secrets]
    last = max(labels, key=lambda revision: int(revision["version"]), default={})
    return (last.get("status"), last.get(INPUTS)) == ("deployed", inputs)


def uninstall(helm: Path, kubeconfig: Path | None, name: str, namespace: str) -> None:
    """Uninstalls a release as Pulumi's provider does. A missing release is not an error."""
    options = ["--namespace", namespace, "--wait", "--ignore-not-found"]
    run(
        [helm, "uninstall", name, *options],
        environment=_environment(kubeconfig),
        timeout=_TIMEOUT,
    )


def _environment(kubeconfig: Path | None) -> dict[str, str]:
    return clean_environment() | ({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {})


def upgrade(
    line: list[str],
    values: Mapping[str, Any],
    kubeconfig: Path | None,
    *,
    gives_up: Callable[[], bool],
    warn: Callable[[str], None],
) -> bool:
    """Runs helm; returns whether it finished by itself.

    helm gets SIGTERM when `gives_up` returns true; it then marks the release as failed. `warn` is
    called with every warning of the API server. Raises CommandError with helm's message if helm
    fails.
    """
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as stdin:
        stdin.write(json.dumps(values, ensure_ascii=False).encode())
        stdin.seek(0)
        code, stopped = _run(line, stdin, errors, kubeconfig, gives_up)
        errors.seek(0)
        output = errors.read().decode(errors="replace").splitlines()
    for text in output:
        warning = _WARNING.match(text)
        if warning:
            warn(_unquoted(warning["text"]))
    if code and not stopped:
        other = "\n".join(text for text in output if not _WARNING.match(text))
        raise CommandError(error_message(other) or f"helm exited with code {code}")
    return not stopped


def _run(
    line: list[str],
    stdin: IO[bytes],
    stderr: IO[bytes],
    kubeconfig: Path | None,
    gives_up: Callable[[], bool],
) -> tuple[int, bool]:
    """Helm's exit code, and whether it was stopped."""
    stopped = False
    with subprocess.Popen(  # noqa: S603 the command is ours
        line,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        env=_environment(kubeconfig),
    ) as helm:
        try:
            while True:
                try:
                    return helm.wait(timeout=_POLL), stopped
                except subprocess.TimeoutExpired:
                    if not stopped and gives_up():
                        stopped = True
                        helm.send_signal(signal.SIGTERM)
        except BaseException:
            helm.kill()
            raise


def _unquoted(text: str) -> str:
    """The text of a warning without quotes. Newer versions of klog quote it, older ones do not."""
    try:
        plain = str(json.loads(text)) if text.startswith('"') else text
    except ValueError:
        plain = text
    return plain.removeprefix("Warning: ")
