"""A Helm release on a real cluster, with the options that the program gave it."""

import hashlib
import json
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from airflow_k8s.commands.rehearse.annotations import INPUTS
from airflow_k8s.errors import UserError
from airflow_k8s.rendering.helm import clean_environment, error_message
from airflow_k8s.toolchain.command import CommandError, run

_WARNING = re.compile(r"^[IWE]\d+ .*warnings\.go:\d+\] (?P<words>.*)$")  # as klog writes it
# What Pulumi's Release says in helm's own words. https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/
_FLAGS: Mapping[str, str] = {
    "atomic": "--atomic",
    "cleanupOnFail": "--cleanup-on-fail",
    "disableOpenapiValidation": "--disable-openapi-validation",
    "disableWebhooks": "--no-hooks",
    "forceUpdate": "--force",
    "skipCrds": "--skip-crds",
    "waitForJobs": "--wait-for-jobs",
}
_KNOWN = {
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
_SECONDS = 300  # helm's own time-out


def command(helm: Path, chart: Path, inputs: Mapping[str, Any], *, label: str) -> list[str]:
    """The helm command that does what Pulumi's provider would do with a Release.

    Raises UserError for an option that would be passed over here.
    """
    unknown = sorted(key for key, value in inputs.items() if value and key not in _KNOWN)
    if unknown:
        raise UserError(f"a rehearsal can't play these options of a Release: {', '.join(unknown)}")
    line = [str(helm), "upgrade", "--install", inputs["name"], str(chart)]
    line += ["--namespace", inputs["namespace"], "--values", "-", "--labels", label]
    line += [flag for key, flag in _FLAGS.items() if inputs.get(key)]
    line += ["--create-namespace"] if inputs.get("createNamespace") else []
    line += ["--history-max", str(inputs["maxHistory"])] if inputs.get("maxHistory") else []
    if not inputs.get("skipAwait"):
        line += ["--wait", "--timeout", f"{inputs.get('timeout') or _SECONDS}s"]
    return line


def digest(inputs: Mapping[str, Any], chart: Path) -> str:
    """Tells whether anything about a release changed: its options, its values, its chart."""
    files = sorted(file for file in chart.rglob("*") if file.is_file()) or [chart]
    told = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode())
    for file in files:
        told.update(file.read_bytes())
    return told.hexdigest()[:16]


def stands(earlier: Iterable[Mapping[str, Any]], inputs: str) -> bool:
    """Whether the last of a release's revisions (its Secrets) is well and was made from these."""
    labels = [each["metadata"]["labels"] for each in earlier]
    last = max(labels, key=lambda each: int(each["version"]), default={})
    return (last.get("status"), last.get(INPUTS)) == ("deployed", inputs)


def uninstall(helm: Path, kubeconfig: Path | None, name: str, namespace: str) -> None:
    """Deletes a release as Pulumi's provider would; one that is gone is fine."""
    where = ["--namespace", namespace, "--wait", "--ignore-not-found"]
    run(
        [helm, "uninstall", name, *where],
        environment=_environment(kubeconfig),
        timeout=_SECONDS,
    )


def _environment(kubeconfig: Path | None) -> dict[str, str]:
    return clean_environment() | ({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {})


def upgrade(
    line: list[str],
    values: Mapping[str, Any],
    kubeconfig: Path | None,
    *,
    hopeless: Callable[[], bool],
    warn: Callable[[str], None],
) -> bool:
    """Runs helm to its end: true where it ended by itself; it is stopped once it is hopeless.

    A helm that is stopped marks its release as failed. Raises CommandError with helm's message
    where it fails.
    """
    with tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
        given.write(json.dumps(values, ensure_ascii=False).encode())
        given.seek(0)
        with subprocess.Popen(  # noqa: S603 the command is ours
            line, stdin=given, stdout=subprocess.DEVNULL, stderr=err, env=_environment(kubeconfig)
        ) as helm:
            stopped = False
            try:
                while True:
                    try:
                        helm.wait(timeout=0.2)
                        break
                    except subprocess.TimeoutExpired:
                        if not stopped and hopeless():
                            stopped = True
                            helm.send_signal(signal.SIGTERM)
            except BaseException:
                helm.kill()
                raise
        err.seek(0)
        said = err.read().decode(errors="replace")
    for text in said.splitlines():
        warning = _WARNING.match(text)
        if warning:
            warn(_unquoted(warning["words"]))
    if helm.returncode and not stopped:
        lines = [text for text in said.splitlines() if not _WARNING.match(text)]
        raise CommandError(error_message("\n".join(lines)) or f"helm ended with {helm.returncode}")
    return not stopped


def _unquoted(words: str) -> str:
    """Newer versions of klog quote what they are told; older ones leave quotes of its own."""
    try:
        plain = str(json.loads(words)) if words.startswith('"') else words
    except ValueError:
        plain = words
    return plain.removeprefix("Warning: ")
